"""Flow tests that varnishtest cannot write: cases of the conformance suite's
kind (see ../conformance/kit.py) with brownout's own options.

A test file imports all of this, registers its cases and ends in play(). The
options of a case: scenario (what follows its name), arguments of `run`,
upstreams (URLs in place of the case's own origin), environment, nofile, tls.
By hand, from the top of the project:

    BROWNOUT=$PWD/build/plain/src/brownout tests/flow/proxy/TEST.py [-v] [NAME]
"""

import concurrent.futures
import errno
import os
import pathlib
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))

import kit                                              # noqa: E402
import proxies                                          # noqa: E402
import wire                                             # noqa: E402
from kit import (End, Failed, GET, OK, QUIET, WAIT, case, check,  # noqa: E402
                 readable, request, response)
from wire import chunked                                # noqa: E402

__all__ = ["Brownout", "End", "Failed", "GET", "OK", "QUIET",
           "WAIT", "case", "check", "chunked", "errno", "exchanges", "kit",
           "listen", "os", "play", "post", "readable", "request", "resource",
           "response", "select", "set_stage", "signal", "socket", "stop",
           "subprocess", "tempfile", "threading", "time", "use", "wire"]


LINES = 40          # of a failed case's transcript


def post(body=b"", *fields, target=b"/", length=None):
    """A POST with Content-Length."""
    n = len(body) if length is None else length
    return request(b"POST " + target + b" HTTP/1.1",
                   b"Content-Length: %d" % n, *fields, body=body)


def listen(backlog=64):
    """A listening socket on loopback and its port."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    return sock, sock.getsockname()[1]


def stop(t, timeout=WAIT):
    """Ends the proxy as SIGTERM does; its exit status. may_end goes with
    it."""
    t.proxy.signal(signal.SIGTERM)
    try:
        return t.proxy.process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise Failed("it does not end within %g s" % timeout) from None


def exchanges(t):
    """What the journal says of each attempt; ends the proxy."""
    if t.proxy.alive():
        stop(t)
    return [line for line in t.proxy.journal() if "outcome" in line]


def certificate(directory):
    cert, key = (os.path.join(directory, n) for n in ("cert", "key"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


class Brownout(proxies.Brownout):
    """With the option unix, its upstream is a unix socket in its folder."""

    origin = None

    def start(self):
        if self.options.get("unix"):
            path = self.path("origin.sock")
            self.origin = socket.socket(socket.AF_UNIX)
            self.origin.bind(path)
            self.origin.listen(64)
            self.origin.setblocking(False)
            self.options["upstreams"] = ["unix:" + path]
        super().start()


KIND = [Brownout]


def use(kind):
    """Cases of this file play with that kind of Brownout."""
    KIND[0] = kind


def set_stage(binary, options):
    stage = kit.Stage(KIND[0], binary, options)
    if stage.proxy.origin:
        stage.listener.close()
        stage.listener = stage.proxy.origin
    return stage


def play_one(one, binary, tls):
    """Why the case failed, or None; and what passed over its wires."""
    options = dict(one.options)
    if options.get("tls"):
        options["tls"] = tls
    why, stage = None, None
    try:
        stage = set_stage(binary, options)
        one.run(stage)
    except (Failed, wire.Malformed) as error:
        why = str(error)
    except Exception:
        why = traceback.format_exc()
    if stage:
        stage.leave()
        complaint = stage.strike()
        why = "\n".join(w for w in (why, complaint) if w) or None
    return why, stage.transcript() if stage else []


def play(jobs=4):
    """Plays the cases that the arguments name, or all; exits 0 or 1."""
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    binary = os.environ["BROWNOUT"]
    chosen = [c for c in kit.CASES.values()
              if not names or any(n in c.id for n in names)]
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        tls = certificate(directory) \
            if any(c.options.get("tls") for c in chosen) else None
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            plays = [(c, pool.submit(play_one, c, binary, tls))
                     for c in chosen]
            for one, future in plays:
                why, transcript = future.result()
                if why or "-v" in sys.argv:
                    print("FAIL" if why else "ok  ", one.id + ":",
                          one.sentence)
                if why:
                    failed += 1
                    print("   ", why)
                    for line in transcript[:LINES]:
                        print(line if len(line) < 300 else line[:240] +
                              " ... " + line[-40:])
    print("%d passed, %d failed" % (len(chosen) - failed, failed))
    sys.exit(1 if failed else 0)
