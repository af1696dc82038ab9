"""Clients that behave badly, alone and by the hundred."""

import os
import threading
import time

from kit import GET, OK, WAIT, case, check, request, response, writable
from wire import chunked


@case("client/bytewise", "a head byte by byte is a head", "RFC 9112 2.2")
def bytewise(t):
    client = t.client()
    client.send_slowly(b"\r\n" + request(b"GET /x?y HTTP/1.1", b"X-A: 1"))
    upstream = t.accept()
    got = upstream.request()
    check(got.target == b"/x?y" and got.all(b"x-a") == [b"1"], "it is %r",
          got.raw)
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("client/bytewise-chunks", "a chunked body byte by byte is a body",
      "RFC 9112 7.1")
def bytewise_chunks(t):
    client = t.client()
    client.send_slowly(request(b"POST / HTTP/1.1",
                               b"Transfer-Encoding: chunked",
                               body=chunked(b"hello", b"world" * 5,
                                            trailers=b"X-T: 1\r\n")))
    upstream = t.accept()
    check(upstream.request().body == b"hello" + b"world" * 5, "it differs")
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("client/bytewise-bad", "a bad request byte by byte is refused the same",
      "RFC 9112 2.2")
def bytewise_bad(t):
    client = t.client()
    client.send_slowly(b"GET / HTTP/1.1\r\nHost: a.example\r\nX-A : 1\r\n"
                       b"\r\n")
    check(client.response().status == 400, "not 400")
    check(not t.pending(), "it reached the origin")


@case("client/every-prefix", "every prefix of a request is waited for",
      "RFC 9112 2.2")
def every_prefix(t):
    data = request(b"POST /p HTTP/1.1", b"Transfer-Encoding: chunked",
                   body=chunked(b"hello"))
    clients = []
    for i in range(1, len(data) - 1, 7):
        client = t.client()
        client.send(data[:i])
        clients.append((client, i))
    for client, i in clients:
        check(not client.pull(0), "the prefix of %d bytes was answered %r",
              i, bytes(client.buf[:60]))
    for client, i in clients:
        out = t.exchange(data[i:], client=client)
        check(out.status == 200, "split at %d: status %s", i, out.status)
    bodies = {r.body for r in out.requests}
    check(bodies == {b"hello"}, "the bodies are %r", bodies)


@case("client/garbage", "64 KiB of garbage are refused", "RFC 9112 3")
def garbage(t):
    client = t.client()
    client.send(b"\xff" + os.urandom(65535))
    check(client.end(), "the connection stays open")
    check(client.buf[9:12] in (b"400", b"414", b"431", b"501", b"505", b""),
          "it got %r", bytes(client.buf[:40]))
    t.still_works()


@case("client/never-reads", "a client that never reads costs bounded memory "
      "and nobody else", "robustness")
def never_reads(t):
    before = t.proxy.rss()
    big = response(body=bytes(16 << 20))
    for _ in range(8):
        client = t.client(receive=4096)
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        upstream.answer(big)
    t.still_works()
    check(t.proxy.rss() - before < 24 << 20, "it took %d MiB of memory",
          (t.proxy.rss() - before) >> 20)


@case("client/pipelines-unread", "1,000 pipelined requests that nobody reads "
      "cost bounded memory", "robustness")
def pipelines_unread(t):
    client = t.client(receive=4096)
    before = t.proxy.rss()
    data = GET * 1000
    client.out += data
    big = response(body=bytes(65536))
    stop = threading.Event()
    served = []         # when each request was answered

    def origin():
        while not stop.is_set():
            t.pending()
            for upstream in t.upstreams:
                upstream.pull(0.01)
                while upstream.take():
                    served.append(time.monotonic())
                    upstream.answer(big)
                upstream.carry_on()
            if not t.upstreams:
                stop.wait(0.01)
    t.spawn(origin)
    client.push()
    try:
        t.eventually(lambda: served and time.monotonic() - served[-1] > 0.5,
                     "the requests pause", 2 * WAIT)
        check(len(served) < 1000, "the proxy took all answers")
        check(t.proxy.rss() - before < 24 << 20, "it took %d MiB",
              (t.proxy.rss() - before) >> 20)
    finally:
        stop.set()


@case("client/aborts-200", "200 aborts at once leave nothing behind",
      "robustness")
def aborts_200(t):
    t.still_works()
    descriptors, memory = t.proxy.fds(), t.proxy.rss()
    clients = [t.client() for _ in range(200)]
    for client in clients:
        client.send(GET)
    upstreams = [t.accept() for _ in clients[1:]]
    for client in clients:
        client.reset()
    t.eventually(lambda: t.proxy.fds() <= descriptors + 2,
                 "descriptors stay open")
    for upstream in upstreams:
        check(upstream.end(1), "a connection to the origin stays open")
    check(t.proxy.rss() - memory < 24 << 20, "memory grew by %d MiB",
          (t.proxy.rss() - memory) >> 20)
    t.still_works()


@case("client/resets-2000", "2,000 connections opened and reset leave "
      "nothing behind", "robustness")
def resets_2000(t):
    t.still_works()
    descriptors = t.proxy.fds()
    for i in range(2000):
        client = t.client()
        if i % 2:
            client.send(b"GET / HTTP/1.1\r\nHo")
        client.reset()
        t.clients.pop()
    t.eventually(lambda: t.proxy.fds() <= descriptors + 2,
                 "descriptors stay open", 2 * WAIT)
    t.still_works()


@case("client/idle-1000", "1,000 idle connections cost little and hinder "
      "nobody", "robustness")
def idle_1000(t):
    t.still_works()
    before = t.proxy.rss()
    clients = [t.client() for _ in range(1000)]
    for client in clients[::10]:
        out = t.exchange(GET, client=client)
        check(out.status == 200, "status %s", out.status)
    spent = t.proxy.cpu()
    grown = t.proxy.rss() - before
    check(grown < 16 << 20, "they take %d KiB each", grown // 1024000)
    t.still_works()
    check(t.proxy.cpu() - spent < 0.2, "it spins")


@case("client/slow-head", "slow bytes do not stretch the time for a head",
      "RFC 9110 15.5.9", head_timeout=2, slow=True)
def slow_head(t):
    client = t.client()
    client.send(b"GET / HTTP/1.1\r\nHost: a.example\r\n")
    for _ in range(28):
        if client.pull(0.5):
            break
        client.send(b"X")
    check(client.end(1), "it still waits after 14 s")
    check(client.buf[9:12] in (b"408", b""), "it got %r",
          bytes(client.buf[:40]))


@case("client/slow-body", "a slow body is waited for", "robustness")
def slow_body(t):
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: 20"))
    upstream = t.accept()
    upstream.head()
    for i in range(20):
        client.send(b"%d" % (i % 10))
        upstream.wait(lambda: upstream.buf.endswith(b"%d" % (i % 10)),
                      "byte")
    upstream.request()
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("client/slow-reading", "a client that reads in drops gets all",
      "robustness")
def slow_reading(t):
    client = t.client(receive=2048)
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    body = bytes(range(256)) * 4096
    upstream.answer(response(body=body))

    def feed():
        while upstream.out and not upstream.broken:
            writable(upstream.sock, 0.5)
            upstream.carry_on()
    t.spawn(feed)
    check(client.response(timeout=3 * WAIT).body == body, "it differs")


@case("client/stalled-others", "a stalled upload does not keep others "
      "waiting", "robustness")
def stalled_others(t):
    for _ in range(10):
        client = t.client()
        client.send(request(b"POST / HTTP/1.1", b"Content-Length: 100",
                            body=b"begin"))
        t.accept().head()
    for _ in range(10):
        t.still_works()
