#!/usr/bin/env python3
"""`run` tells each phase and its faults, those of connections too, with and
without a terminal; on one there is a line of live rates that never wraps, but
on a dumb one."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

SCENARIO = """\
scenario: shown
phases:
  - {phase: calm, for: 500ms}
  - phase: dark
    for: 700ms
    connections: [{rule: resets, rate: 10%, inject: {accept: reset}}]
    rules:
      - rule: some
        choose:
          - {rate: 5%, inject: {status: 503}}
          - {rate: 5%, inject: {timeout: 1s}}
"""
FAULTS = "phase dark 0.7s: resets (accept), some (status, timeout)"


def check(what, ok):
    if not ok:
        sys.exit(f"failed: {what}")


def on_a_terminal(command, columns):
    """All that is written to a terminal of so many columns."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack("4H", 24, columns, 0, 0))
        os.execv(command[0], command)
    out = b""
    try:
        while more := os.read(terminal, 65536):
            out += more
    except OSError:
        pass  # its other end is closed
    os.waitpid(child, 0)
    return out.decode()


def main():
    os.environ["TERM"] = "xterm"
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as top:
        with open(f"{top}/s.yaml", "w", encoding="utf-8") as file:
            file.write(SCENARIO)
        command = [os.environ["BROWNOUT"], "run", "--origin", "-l",
                   f"unix:{top}/l", f"{top}/s.yaml"]
        plain = subprocess.run(command, capture_output=True, text=True,
                               check=False)
        check(f"the faults: {plain.stderr}", FAULTS in plain.stderr)
        check("the calm", "phase calm 0.5s: no faults" in plain.stderr)
        check("no control but newlines", not re.search(
            r"[^\n -~]", plain.stdout + plain.stderr))
        for columns in (80, 50):
            drawn = on_a_terminal(command, columns)
            check(f"the faults on a terminal: {drawn}", FAULTS in drawn)
            live = re.findall(
                r"\x1b\[K( *[\d.]+s  \[[#.]{20}\][^\r\n\x1b]*)", drawn)
            check("a line of live rates", len(live) >= 2)
            check(f"no line breaks: {live}", max(map(len, live)) < columns)
            check("colours", "\x1b[1m" in drawn)
        os.environ["TERM"] = "dumb"
        drawn = on_a_terminal(command, 80)
        check(f"the faults on a dumb terminal: {drawn}", FAULTS in drawn)
        check("nothing that it cannot do", "\x1b" not in drawn)


main()
