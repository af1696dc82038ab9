#!/usr/bin/python3
"""Each system call of the data path fails once, for N = 1 until there is no
Nth: the client gets the right answer, an honest error or a visible cut, in
time; the next client is served; nothing is leaked or corrupted (under ASan).
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

LIMITS = []
for name in ("client-head", "client-body", "client-idle", "client-write",
             "connect", "first-byte", "upstream-idle"):
    LIMITS += ["--%s-timeout" % name, "700ms"]
LIMITS += ["--upstream-down", "100ms", "--drain-timeout", "2s"]
INJECTED = ("rules: [{rule: a, match: {path: /injected}, "
            "inject: {status: 503, body: refused}}]\n")
BODY = b"b" * 30000
FAILURES = {
    "recv": (errno.EINTR, errno.ECONNRESET),
    "send": (errno.EINTR, errno.EAGAIN, errno.ECONNRESET, errno.ENOBUFS),
    "sendmsg": (errno.EINTR, errno.EAGAIN, errno.EPIPE),
    "accept4": (errno.EINTR, errno.ECONNABORTED, errno.EMFILE, errno.ENOMEM),
    "connect": (errno.EINTR, errno.ECONNREFUSED, errno.ENETUNREACH),
    "epoll_ctl": (errno.ENOMEM,),
    "socket": (errno.EMFILE, errno.ENOBUFS),
}
HONEST = (400, 408, 502, 503, 504)


def serve(t, stop_it):
    """The origin: /get in one piece, /large by chunks, a POST its body."""
    def answer(got):
        if got.method == b"POST":
            return response(body=got.body)
        if got.target == b"/large":
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + \
                chunked(BODY[:10000], BODY[10000:])
        return response(body=got.target)
    while not stop_it.is_set():
        t.pending()
        for upstream in t.upstreams:
            if upstream.ended:
                continue
            upstream.pull(0.002)
            got = upstream.take()
            if got:
                upstream.answer(answer(got))
            upstream.carry_on()
        if not t.upstreams:
            time.sleep(0.002)


STEPS = [
    (request(b"GET /get HTTP/1.1"), 200, b"/get"),
    (request(b"POST /echo HTTP/1.1", b"Transfer-Encoding: chunked",
             body=chunked(b"hello", BODY, b"!")), 200, b"hello" + BODY + b"!"),
    (request(b"GET /injected HTTP/1.1"), 503, b"refused"),
    (request(b"GET /large HTTP/1.1"), 200, BODY),
]


def ask(t, step):
    """The steps from there on one connection; where the next one begins."""
    client = t.client()
    while step < len(STEPS):
        data, status, body = STEPS[step]
        step += 1
        client.send(data)
        while client.partial() is None and not client.ended:
            check(client.pull(3), "step %d: no answer in time", step)
        if client.partial() is None:
            return step                 # closed without an answer
        while not (got := client.take()) and not client.ended:
            check(client.pull(3), "step %d: no whole answer in time", step)
        if got is None:
            return step                 # visibly cut
        if got.status in HONEST and got.status != status:
            check(got.status != 400, "step %d: 400 for a good request", step)
            if client.pull(0.01) and client.ended:
                return step
            continue
        check(got.status == status, "step %d: status %d", step, got.status)
        check(got.body == body, "step %d: %d bytes of another body look whole",
              step, len(got.body))
    return step


def once(binary, call, error, n):
    """Plays with that failure; False when there was no such call."""
    with tempfile.TemporaryDirectory() as directory:
        told = os.path.join(directory, "told")
        t = set_stage(binary, {
            "scenario": INJECTED, "arguments": LIMITS,
            "environment": dict(
                os.environ, LD_PRELOAD=os.environ["FAILING"],
                ASAN_OPTIONS="verify_asan_link_order=0", FAIL_CALL=call,
                FAIL_AT=str(n), FAIL_ERRNO=str(error), FAIL_TOLD=told)})
        stop_it = threading.Event()
        t.spawn(serve, t, stop_it)
        try:
            step = 0
            while step < len(STEPS):
                step = ask(t, step)
            if os.path.exists(told):
                check(ask(t, 0) == len(STEPS), "the next client is not served")
        finally:
            stop_it.set()
            t.leave()
            complaint = t.strike()
        check(complaint is None, "%s", complaint)
        return os.path.exists(told)


def each(call, error):
    def run(t):
        t.proxy.end()
        # A worker that cannot watch its own descriptors is nothing.
        n = first = 4 if call == "epoll_ctl" else 1
        while True:
            try:
                if not once(t.proxy.binary, call, error, n):
                    break
            except (Failed, wire.Malformed) as why:
                raise Failed("call %d: %s" % (n, why))
            n += 1
        check(n > first, "%s is never called", call)
        if "-v" in sys.argv:
            print(call, errno.errorcode[error], n - first, "times")
    return run


for call, errors in FAILURES.items():
    for error in errors:
        kit.add("fails/%s-%s" % (call, errno.errorcode[error].lower()),
                "%s fails once with %s" % (call, os.strerror(error)),
                "reliability 3", each(call, error), may_end=True)
play(6)
