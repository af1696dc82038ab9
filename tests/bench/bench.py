"""What a request costs: brownout beside nginx and HAProxy, in one run.

The proxies have one core to themselves, the load generator and the origin
the other one. Each figure is the median of rounds in which all servers of a
table take turns, so that what else the machine does hits all of them. CPU is
what the kernel says the server's threads have run, not what the clock says.
"""

import argparse
import json
import math
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import servers   # noqa: E402

MEASURES = {}


def measure(name, about):
    """Registers a measurement: a function of the bench that yields rows."""
    def register(run):
        MEASURES[name] = (about, run)
        return run
    return register


class Row:
    """A line of the table: a figure for each server, and the goal."""

    def __init__(self, what, unit, figures, goal="", met=None, ratio=""):
        self.what, self.unit, self.figures = what, unit, figures
        self.goal, self.met, self.ratio = goal, met, ratio

    def cells(self):
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return [self.what, self.unit] + [
            "%.3g" % self.figures[n] if n in self.figures and
            self.figures[n] < 1000 else "%.0f" % self.figures[n]
            if n in self.figures else "-"
            for n in ("brownout", "nginx", "haproxy")] + [
                self.ratio, self.goal, verdict]


def against(what, unit, figures, limit, peers=("nginx", "haproxy")):
    """brownout against the better peer."""
    best = min(figures[p] for p in peers if p in figures)
    goal = "<= %.2f of %s" % (limit, " and ".join(peers))
    if "brownout" not in figures:
        return Row(what, unit, figures, goal)
    ratio = figures["brownout"] / best
    return Row(what, unit, figures, goal, ratio <= limit, "%.2f" % ratio)


class Bench:
    """The options, the origin, and how load is made."""

    def __init__(self, args, load):
        self.binary = args.binary
        self.load_program = load
        self.rounds = 3 if args.quick else 7
        self.seconds = 1 if args.quick else 3
        self.scale = 1 if args.quick else 2
        self.origin = servers.origin()

    def wrk(self, server, path, connections=64, seconds=None, script=None):
        """Requests answered by a closed loop; those of a script of wrk's
        may be refused."""
        seconds = seconds or self.seconds
        got = subprocess.run(
            servers.pinned(servers.LOAD_CORE, [
                "wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds,
                *(["-s", script] if script else []),
                "http://127.0.0.1:%d%s" % (server.port, path)]),
            check=True, capture_output=True, text=True).stdout
        count = int(re.search(r"(\d+) requests in", got).group(1))
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", got)
        refused = int(refused.group(1)) if refused else 0
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), "
                           r"write (\d+)", got)
        wrong = not script and \
            refused != (count if path == "/refused" else 0)
        if wrong or (errors and any(map(int, errors.groups()))):
            raise RuntimeError("%s %s: %s" % (server.name, path, got))
        return count

    def open_loop(self, server, path, rate, seconds, connections):
        """The running load generator; finish() gives its figures."""
        return subprocess.Popen(
            servers.pinned(servers.LOAD_CORE, [
                self.load_program, "127.0.0.1", str(server.port), path,
                str(rate), str(seconds), str(connections)]),
            stdout=subprocess.PIPE, text=True)

    def finish(self, process):
        text = process.communicate()[0]
        if process.returncode:
            raise RuntimeError("the load generator failed")
        return json.loads(text)

    def cpu_each(self, server, path, connections=64, seconds=None):
        """CPU microseconds of the server for each request."""
        before = server.cpu()
        count = self.wrk(server, path, connections, seconds)
        return (server.cpu() - before) * 1e6 / count

    def cpu_each_fresh(self, start, path):
        """The same of a server that is started for one second of it.

        What grows with every request (a journal, what the judge keeps) then
        reuses the memory of the round before: README.md says why that
        matters on a virtual machine.
        """
        server = start()
        try:
            return self.cpu_each(server, path, seconds=1)
        finally:
            server.stop()

    def take_turns(self, group, figure):
        """The median of figure(server) for each server by name.

        Every other round goes backwards: nobody is always behind the same.
        """
        figures = {label: [] for label, _ in group}
        for i in range(self.rounds):
            for label, server in group[::-1] if i % 2 else group:
                figures[label].append(figure(server))
        return {n: statistics.median(f) for n, f in figures.items()}

    def proxies(self, scenario="scenario: bench\n"):
        group = [("nginx", servers.nginx(self.origin)),
                 ("haproxy", servers.haproxy(self.origin))]
        if self.binary:
            group.insert(0, ("brownout", servers.brownout(
                self.binary, self.origin, scenario)))
        return group

    def half_load(self, group):
        """Half of what the slowest does in the closed loop, per second.

        The load generator and the origin share a core, so this may be less
        than half of what the proxy's own core could do.
        """
        rates = self.take_turns(group, lambda s: self.wrk(s, "/"))
        return int(min(rates.values()) / self.seconds / 2)


def stopping(group):
    for _, server in group:
        server.stop()


REFUSE = """scenario: refuse
mark: false
rules:
  - rule: refuse
    match: {path: /refused}
    inject: {status: 503}
"""


@measure("proxied", "CPU of a proxied request, 64 keep-alive connections")
def proxied(bench):
    group = bench.proxies()
    figures = bench.take_turns(group, lambda s: bench.cpu_each(s, "/"))
    stopping(group)
    yield against("CPU per proxied request", "us", figures, 0.80)


@measure("injected", "CPU of an injected 503 beside nginx's return 503")
def injected(bench):
    group = bench.proxies(REFUSE)
    figures = bench.take_turns(group, lambda s: bench.cpu_each(s, "/refused"))
    stopping(group)
    yield against("CPU per injected 503", "us", figures, 0.90, ("nginx",))


def pair(what, limit, figures):
    """Two settings of brownout: the second against the first."""
    ratio = figures["other"] / figures["one"]
    return Row(what, "us", {"brownout": figures["other"]},
               "<= %.2f of %.3g" % (limit, figures["one"]), ratio <= limit,
               "%.2f" % ratio)


def many_rules(count):
    """Rules of which none matches a request of the benchmark."""
    rules = "".join("  - rule: r%d\n    match: {path: /area%d/*/item}\n"
                    "    rate: 10%%\n    inject: {status: 503}\n" % (i, i)
                    for i in range(count))
    return "scenario: rules\nrules:\n" + rules


@measure("rules", "CPU with 1,000 rules instead of one")
def rules(bench):
    if not bench.binary:
        return
    group = [(label, servers.brownout(bench.binary, bench.origin,
                                      many_rules(count)))
             for label, count in (("one", 1), ("other", 1000))]
    figures = bench.take_turns(group, lambda s: bench.cpu_each(s, "/"))
    stopping(group)
    yield pair("1,000 rules instead of 1", 1.05, figures)


@measure("journal", "CPU with the journal and the judge on")
def journal(bench):
    if not bench.binary:
        return
    expect = "scenario: judged\nexpect:\n  - success: {min: 99%}\n"
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        path = os.path.join(directory, "journal")
        starts = [
            ("one", lambda: servers.brownout(bench.binary, bench.origin)),
            ("other", lambda: servers.brownout(
                bench.binary, bench.origin, expect, ["--journal", path]))]
        yield pair("journal and judge on, fresh", 1.10, bench.take_turns(
            starts, lambda start: bench.cpu_each_fresh(start, "/")))
        group = [(label, start()) for label, start in starts]
        yield pair("journal and judge on, sustained", 1.10, bench.take_turns(
            group, lambda s: bench.cpu_each(s, "/")))
        stopping(group)


OPERATIONS = """scenario: operations
identity:
  operation: [{header: X-Request-Id}]
rules:
  - rule: some
    rate: 10%
    inject: {status: 503}
expect:
  - success: {min: 80%}
  - attempts: {max: 3}
  - amplification: {max: 1.5}
"""
# wrk's: an operation of its own for each request.
UNIQUE = """local n, at = 0, %d
request = function()
  n = n + 1
  return wrk.format(nil, nil, {["X-Request-Id"] = at .. "-" .. n})
end
"""


@measure("operations", "memory with a million operations judged")
def operations(bench):
    if not bench.binary:
        return
    million, count = 10**6, 0
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        server = servers.brownout(
            bench.binary, bench.origin, OPERATIONS,
            ["--journal", os.path.join(directory, "journal")])
        while count < million:
            script = server.path("unique.lua", UNIQUE % count)
            count += bench.wrk(server, "/", seconds=5, script=script)
        size = server.peak()
    yield Row("memory of 1,000,000 operations", "MiB",
              {"brownout": size * million / count / (1 << 20)}, "<= 1024",
              size * million / count <= 1 << 30)


@measure("large", "CPU of 1 MiB bodies")
def large(bench):
    group = bench.proxies()
    figures = bench.take_turns(
        group, lambda s: bench.cpu_each(s, "/mib", 16) * 1024 / 1e6)
    stopping(group)
    yield against("CPU per GiB in 1 MiB bodies", "s", figures, 1.0)


def idle_memory(bench, server):
    """Resident MiB with many connections that have had one answer each."""
    held = []
    request = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
    for _ in range(servers.IDLE):
        sock = socket.create_connection(("127.0.0.1", server.port), 10)
        sock.sendall(request)
        got = b""
        while not got.endswith(servers.SMALL.encode()):
            data = sock.recv(4096)
            if not data:
                raise RuntimeError("%s closed a connection" % server.name)
            got += data
        held.append(sock)
    size = server.rss()
    for sock in held:
        sock.close()
    return size / (1 << 20)


@measure("idle", "resident memory with 5,000 idle keep-alive connections")
def idle(bench):
    group = bench.proxies()
    figures = {n: idle_memory(bench, s) for n, s in group}
    stopping(group)
    yield against("memory with 5,000 idle connections", "MiB", figures, 1.0,
                  ("nginx",))


@measure("latency", "p99 added at half load, open loop")
def latency(bench):
    group = bench.proxies()
    rate = bench.half_load(group)
    group.append(("direct", bench.origin))

    def p99(server):
        return bench.finish(bench.open_loop(server, "/", rate, bench.seconds,
                                            64))["wire"]["p99"]
    figures = bench.take_turns(group, p99)
    stopping(group[:-1])
    direct = figures.pop("direct")
    added = {n: max(f - direct, 1) for n, f in figures.items()}
    yield against("p99 added at %d requests/s" % rate, "us", added, 1.0)


# The answer is brownout's own, so that no upstream's time is in it.
DELAY = """scenario: delay
rules:
  - rule: slow
    match: {path: /slow}
    inject: {delay: 20ms, status: 200}
"""


def late(bench, server, seconds, busy_rate):
    """(least, p99) lateness on the wire, in ms, of a delay of 20 ms."""
    busy = bench.open_loop(server, "/", busy_rate, seconds, 64) \
        if busy_rate else None
    got = bench.finish(bench.open_loop(server, "/slow", 100, seconds, 16))
    if busy:
        bench.finish(busy)
    return got["wire"]["min"] / 1000 - 20, got["wire"]["p99"] / 1000 - 20


@measure("delay", "how late an injected delay of 20 ms is")
def delay(bench):
    if not bench.binary:
        return
    group = [("brownout", servers.brownout(bench.binary, bench.origin,
                                           DELAY))]
    server = group[0][1]
    rate = bench.half_load(group)
    seconds = 5 * bench.scale
    for what, busy, limit in (("idle", 0, 1), ("at half load", rate, 5)):
        least, most = late(bench, server, seconds, busy)
        yield Row("delay late " + what + ", p99", "ms", {"brownout": most},
                  "< %d ms" % limit, most < limit)
        yield Row("delay early " + what, "ms",
                  {"brownout": max(0, -least)}, "never", least >= 0)
    stopping(group)


BANDWIDTH = """scenario: bandwidth
rules:
  - rule: narrow
    inject: {bandwidth: 1MB/s}
"""

PERCENTILES = """scenario: percentiles
seed: 42
rules:
  - rule: spread
    inject: {delay: {percentiles: {p50: 10ms, p95: 50ms, p99: 200ms}}}
"""


def taken(server, path):
    """Bytes of the answer's body, and the seconds from first to last."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(b"GET %s HTTP/1.1\r\nHost: bench\r\n"
                     b"Connection: close\r\n\r\n" % path.encode())
        begin = time.monotonic()
        got = 0
        while data := sock.recv(1 << 16):
            got += len(data)
        return got, time.monotonic() - begin


@measure("precision", "bandwidth, and percentiles of 10,000 sampled delays")
def precision(bench):
    if not bench.binary:
        return
    server = servers.brownout(bench.binary, bench.origin, BANDWIDTH)
    got, seconds = taken(server, "/mib")
    server.stop()
    error = abs(got / seconds / 1e6 - 1) * 100
    yield Row("bandwidth of 1 MB/s, error", "%", {"brownout": error},
              "<= 5 %", error <= 5)
    server = servers.brownout(bench.binary, bench.origin, PERCENTILES, (
        "--journal", "-"))
    bench.finish(bench.open_loop(server, "/", 2500, 4, 200))
    time.sleep(1)   # the journal is written at least every 200 ms
    with open(server.path("log"), encoding="utf-8") as journal:
        delays = sorted(json.loads(line)["delay"] * 1000
                        for line in journal if line.startswith('{"t":'))
    server.stop()
    for share, want in ((0.5, 10), (0.95, 50), (0.99, 200)):
        found = delays[int(share * len(delays))]
        yield Row("p%d of %d delays, wanted %d ms" % (
            share * 100, len(delays), want), "ms", {"brownout": found},
            "+- 5 %", abs(found / want - 1) <= 0.05)


STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


def draws(bench, spread, count):
    """For each of count requests in order: was it injected?"""
    server = servers.brownout(bench.binary, bench.origin, """scenario: rate
seed: 42
rules:
  - rule: share
    rate: 20%%
    spread: %s
    inject: {status: 503}
""" % spread)
    request = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"
    out, rest, end = [], b"", 0
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        while len(out) < count:
            batch = min(100, count - len(out))
            want = len(out) + batch
            sock.sendall(request * batch)
            while len(out) < want:
                data = sock.recv(1 << 16)
                if not data:
                    raise RuntimeError("the connection was closed")
                rest += data
                for match in STATUS.finditer(rest):
                    out.append(match.group(1) == b"503")
                    end = match.end()
                rest = rest[max(end, len(rest) - 12):]
                end = 0
    server.stop()
    return out


@measure("rate", "the injected rate over 100,000 requests")
def rate(bench):
    if not bench.binary:
        return
    count, share = 100000, 0.2
    first, again = (draws(bench, "random", count) for _ in range(2))
    even = draws(bench, "even", count)
    # 3.29 standard deviations hold 99.9 % of a binomial this large.
    margin = 3.29 * math.sqrt(count * share * (1 - share))
    yield Row("injected at 20 %, random", "of 1e5",
              {"brownout": sum(first)}, "20000 +- %d" % margin,
              abs(sum(first) - count * share) <= margin)
    yield Row("injected at 20 %, even", "of 1e5", {"brownout": sum(even)},
              "20000 +- 1", abs(sum(even) - count * share) <= 1)
    differ = sum(a != b for a, b in zip(first, again))
    yield Row("same seed, other decisions", "of 1e5", {"brownout": differ},
              "0", differ == 0)


def table(rows):
    head = ["", "", "brownout", "nginx", "haproxy", "ratio", "goal", ""]
    cells = [head] + [row.cells() for row in rows]
    width = [max(len(c[i]) for c in cells) for i in range(len(head))]
    for line in cells:
        print("  ".join(c.rjust(w) if 2 <= i <= 5 else c.ljust(w)
                        for i, (c, w) in enumerate(zip(line, width)))
              .rstrip())


def options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="measurements:\n" + "\n".join(
            "  %-10s %s" % (n, about) for n, (about, _) in
            MEASURES.items()) +
        "\n\nexample: scripts/bench --quick --only proxied --only injected")
    parser.add_argument("--quick", action="store_true",
                        help="fewer and shorter rounds")
    parser.add_argument("--only", action="append", choices=list(MEASURES),
                        metavar="NAME", help="this measurement; repeatable")
    parser.add_argument("--binary", metavar="PATH",
                        help="the brownout to measure; 'none' for the peers "
                        "alone")
    parser.add_argument("--load", required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.binary == "none":
        args.binary = None
    return args


def main():
    args = options()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if len(servers.CORES) < 2:
        print("one core only: the load disturbs what it measures")
    bench = Bench(args, args.load)
    rows, failed = [], False
    try:
        for name in args.only or MEASURES:
            print("measuring: " + MEASURES[name][0], file=sys.stderr,
                  flush=True)
            try:
                rows += MEASURES[name][1](bench)
            except (OSError, RuntimeError) as error:
                print("%s: %s" % (name, error), file=sys.stderr)
                failed = True
    finally:
        bench.origin.stop()
    table(rows)
    return 1 if failed or any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
