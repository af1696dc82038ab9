#!/usr/bin/python3
"""Clients that read slowly, not at all, or have gone: they get every byte if
they want it, and cost bounded memory if they do not."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

# Memory is measured: pages that malloc would fill are not to count.
os.environ.pop("MALLOC_PERTURB_", None)

MIB = 1 << 20


def grown(t, before):
    """MiB that the proxy has grown by; 0 under a sanitizer."""
    return (t.proxy.rss() - before) / MIB if before else 0


def drink(client, want, pause_at=(), pause=0.0):
    """Reads want bytes, pausing at some counts."""
    got = 0
    end = time.monotonic() + 60
    client.sock.setblocking(True)
    client.sock.settimeout(WAIT)
    while got < want:
        check(time.monotonic() < end, "%d of %d bytes in 60 s", got, want)
        try:
            n = len(client.sock.recv(1 << 20))
        except OSError as error:
            raise Failed("%s after %d of %d bytes" % (error, got, want))
        check(n > 0, "the end after %d of %d bytes", got, want)
        if any(got < at <= got + n for at in pause_at):
            time.sleep(pause)
        got += n
    client.sock.setblocking(False)
    return got


@case("slow/last-response", "the last answer on a connection is not cut when "
      "its reader pauses", "RFC 9112 9.6")
def slow_last(t):
    body = b"x" * (6 * MIB)
    for line in (b"GET / HTTP/1.0", b"GET / HTTP/1.1"):
        client = t.client(receive=65536)
        client.send(request(line, b"Connection: close"))
        upstream = t.accept()
        upstream.request()
        upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" %
                      len(body))
        client.until(b"\r\n\r\n")
        got = len(client.buf) - client.pos
        t.spawn(upstream.send, body, 30)
        got += drink(client, 3 * MIB - got)
        # Longer than a lingering close lasts; the rest is in buffers.
        time.sleep(3)
        drink(client, len(body) - got)
        check(client.end(), "it stays open")
        upstream.close()
        upstream.ended = True


@case("slow/large", "256 MiB to a client that pauses cost bounded memory",
      "DESIGN 10")
def slow_large(t):
    t.still_works()
    before = t.proxy.rss()
    size, piece = 256 * MIB, b"y" * MIB
    client = t.client(receive=65536)
    client.send(GET)
    upstream = t.upstreams[-1]
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    most = []

    def pour():
        for _ in range(size // MIB):
            upstream.out += piece
            while upstream.out and not upstream.broken:
                upstream.push()
                kit_writable(upstream)
            most.append(t.proxy.rss())
    t.spawn(pour)
    client.until(b"\r\n\r\n")
    got = len(client.buf) - client.pos
    drink(client, size - got, [MIB * n for n in range(8, 256, 32)], 0.05)
    check(max(most) - before < 16 * MIB or not before, "it grew by %d MiB",
          (max(most) - before) // MIB)


def kit_writable(peer):
    poll = select.poll()
    poll.register(peer.sock, select.POLLOUT)
    poll.poll(500)


@case("slow/injected-pipeline", "injected answers to a pipeline that nobody "
      "reads do not pile up, and all come in the end", "robustness",
      scenario="rules: [{rule: a, inject: {status: 503, body: '" +
      "z" * 3000 + "'}}]\n")
def slow_injected(t):
    before = t.proxy.rss()
    client = t.client(receive=4096)
    many = 20000
    client.out += request(b"GET / HTTP/1.1", b"X-Pad: " + b"p" * 900) * many
    for _ in range(100):
        client.push()
        if not client.out:
            break
        time.sleep(0.005)
    check(client.out, "it took %d requests without giving an answer", many)
    check(grown(t, before) < 24, "it grew by %d MiB", grown(t, before))
    seen, tail = 0, b""
    end = time.monotonic() + 60
    while seen < many:
        check(time.monotonic() < end, "%d answers of %d", seen, many)
        client.push()
        if readable(client.sock, 1):
            data = tail + client.sock.recv(1 << 20)
            seen += data.count(b"HTTP/1.1 503 ")
            tail = data[-12:]


@case("slow/interim-flood", "interim responses that nobody reads do not pile "
      "up", "robustness")
def slow_interim(t):
    before = t.proxy.rss()
    client = t.client(receive=4096)
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    flood = b"HTTP/1.1 103 Early Hints\r\nLink: <%s>\r\n\r\n" % (b"x" * 900)
    total = 40 * MIB // len(flood)
    upstream.out += flood * total
    last = -1
    while len(upstream.out) != last:
        last = len(upstream.out)
        for _ in range(20):
            upstream.push()
            time.sleep(0.005)
    check(upstream.out, "it took 40 MiB of them")
    check(grown(t, before) < 24, "it grew by %d MiB", grown(t, before))
    upstream.out += OK
    t.spawn(upstream.send, b"", 60)
    end = time.monotonic() + 60
    tail = b""
    while b"200 OK" not in tail:
        check(time.monotonic() < end, "the answer does not come")
        if readable(client.sock, 1):
            tail = tail[-200:] + client.sock.recv(1 << 20)


@case("slow/head-behind-a-blocked-body", "a head that waits for a client to "
      "read is not overwritten by what others are sent", "robustness")
def slow_head(t):
    slow = t.client(receive=4096)
    slow.send(GET * 2)
    upstream = t.accept()
    upstream.request()
    body = b"b" * (3 * MIB)
    upstream.answer(response(body=body))
    for _ in range(100):
        upstream.push()
        time.sleep(0.002)
    # The proxy has all but a block; the rest goes as the client reads.
    slow.wait(lambda: len(slow.buf) > 100000, "bytes")
    t.spawn(upstream.send, b"", 30)
    other = t.client()
    for i in range(50):
        out = t.exchange(request(b"GET /%d HTTP/1.1" % i), response(
            b"HTTP/1.1 200 OK", b"X-Other: %d" % i, body=b"o" * 3000),
            client=other)
        check(out.responses[0].body == b"o" * 3000, "another body")
    seconds = []

    def second():
        for _ in range(3000):
            for u in list(t.upstreams):
                if not u.ended and u.pull(0.002) and u.take():
                    u.send(b"HTTP/1.1 204 No Content\r\nX-Second: yes\r\n\r\n")
                    seconds.append(u)
                    return
    t.spawn(second)
    got = slow.response(timeout=20)
    check(got.body == body, "the body differs")
    got = slow.response(timeout=20)
    check(got.status == 204 and got.get(b"X-Second") == b"yes",
          "the second head is %r", got.raw)


@case("slow/reset-after-all", "a reset at a cut point waits for a slow reader "
      "to have everything before it", "DESIGN 2",
      scenario="rules: [{rule: a, inject: {close: {at: {bytes: 2000000}, "
      "with: rst}}}]\n")
def slow_reset(t):
    client = t.client(receive=65536)
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    t.spawn(upstream.send, response(body=b"r" * (4 * MIB)), 30)
    client.until(b"\r\n\r\n")
    got = len(client.buf) - client.pos
    while got < 2000000:
        data = b""
        if readable(client.sock, WAIT):
            try:
                data = client.sock.recv(200000)
            except OSError as error:
                raise Failed("%s after %d bytes" % (error, got))
        check(data, "the end after %d bytes", got)
        got += len(data)
        time.sleep(0.3)
    check(got == 2000000, "%d bytes came", got)
    check(client.end() and client.was_reset, "no reset")


@case("gone/bytes-out", "a client that resets behind a pipeline is 499, and "
      "no number in the journal wraps", "DESIGN 7", may_end=True,
      scenario="rules: [{rule: a, match: {path: /big}, inject: {status: 503, "
      "body: '" + "z" * 200000 + "'}}]\n")
def gone_bytes(t):
    client = t.client(receive=4096)
    client.send((request(b"GET /big HTTP/1.1") * 100)[:60000] + b"\r\n")
    t.eventually(lambda: t.proxy.cpu() >= 0, "never")
    client.quiet(0.3)
    client.reset()
    got = exchanges(t)
    check(got, "nothing in the journal")
    check(all(a["bytes_out"] < 1 << 30 for a in got), "bytes_out %r",
          [a["bytes_out"] for a in got])


@case("gone/200", "200 clients that abort at once are each 499",
      "issue 2.2", may_end=True)
def gone_200(t):
    clients = [t.client() for _ in range(200)]
    for client in clients:
        client.send(GET)
    upstreams = [t.accept() for _ in clients]
    for upstream in upstreams:
        upstream.request()
    for client in clients:
        client.reset()
    for upstream in upstreams:
        check(upstream.end(2), "an upstream connection stays open")
    got = exchanges(t)
    check([a["status"] for a in got] == [499] * 200 and
          all(a["outcome"] == "client_closed" for a in got),
          "%d attempts, %d of them 499", len(got),
          [a["status"] for a in got].count(499))


@case("gone/resets-2000", "2,000 connections opened and reset cost nothing",
      "reliability 3")
def gone_resets(t):
    t.still_works()
    descriptors, before = t.proxy.fds(), t.proxy.rss()
    for i in range(2000):
        client = socket.create_connection(("127.0.0.1", t.proxy.port))
        if i % 3 == 1:
            client.sendall(b"GET / HT")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          b"\1\0\0\0\0\0\0\0")
        client.close()
    t.eventually(lambda: t.proxy.fds() <= descriptors, "they stay open")
    check(grown(t, before) < 8, "it grew by %d MiB", grown(t, before))
    t.still_works()


@case("gone/idle-5000", "5,000 idle connections hold no buffers", "DESIGN 10")
def gone_idle(t):
    many = 5000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < many + 200:
        print("skipped: 5,000 connections need ulimit -n above that; it is",
              hard)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    t.still_works()
    before = t.proxy.rss()
    idle = []
    for i in range(many):
        one = socket.create_connection(("127.0.0.1", t.proxy.port))
        idle.append(one)
        if i % 50 == 0:
            # Idle after a request is what costs most.
            one.sendall(GET)
            upstream = t.upstreams[-1]
            upstream.request()
            upstream.send(OK)
            check(one.recv(1000).endswith(b"ok"), "no answer")
    t.eventually(lambda: t.proxy.fds() > many, "not all are open")
    check(grown(t, before) < 10, "it grew by %.1f MiB", grown(t, before))
    for one in idle:
        one.close()
    t.eventually(lambda: t.proxy.fds() < 40, "they stay open")


play()
