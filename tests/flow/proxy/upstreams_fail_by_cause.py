#!/usr/bin/python3
"""Upstreams that are slow, full, refused or several: each cause has its status
(502 refused or broken, 503 no name, 504 too late), and one bad address does not
take the others with it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

SHORT = ["--connect-timeout", "200ms", "--first-byte-timeout", "200ms",
         "--upstream-idle-timeout", "200ms", "--upstream-down", "300ms"]


class Full:
    """A listening socket that accepts nothing and whose backlog is full."""

    def __init__(self):
        self.sock, self.port = listen(backlog=0)
        self.fillers = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(self.sock.getsockname())
            self.fillers.append(one)
        deadline = time.monotonic() + WAIT
        probe = socket.socket()
        probe.settimeout(0.1)
        while time.monotonic() < deadline:
            if probe.connect_ex(self.sock.getsockname()) != 0:
                break
            self.fillers.append(probe)
            probe = socket.socket()
            probe.settimeout(0.1)
        self.fillers.append(probe)


def refused_port():
    sock, port = listen()
    sock.close()
    return port


FULL = Full()
GOING = Full()
REFUSED = refused_port()


@case("limits/connect", "an upstream that does not accept in time is 504",
      "DESIGN 10", arguments=SHORT,
      upstreams=["http://127.0.0.1:%d" % FULL.port])
def limit_connect(t):
    begin = time.monotonic()
    out = t.exchange(GET)
    check(out.status == 504, "status %s", out.status)
    check(0.19 < time.monotonic() - begin < 2, "after %g s",
          time.monotonic() - begin)


@case("limits/vanishes", "an upstream that is gone before it accepted is 502, "
      "not waited for", "DESIGN 5",
      upstreams=["http://127.0.0.1:%d" % GOING.port], may_end=True)
def vanishes(t):
    client = t.client()
    client.send(GET)
    check(client.quiet(0.2), "it was answered")
    GOING.sock.close()
    begin = time.monotonic()
    got = client.response()
    check(got.status == 502, "status %s", got.status)
    check(time.monotonic() - begin < 4, "after %g s",
          time.monotonic() - begin)
    check(exchanges(t)[0]["upstream"] == "none", "the journal says %r",
          exchanges(t))


@case("limits/first-byte", "an upstream that does not answer in time is 504, "
      "and its connection is ended", "reliability 2", arguments=SHORT)
def limit_first_byte(t):
    for data in (GET, post(b"hello")):
        client = t.client()
        client.send(data)
        upstream = t.accept()
        upstream.request()
        begin = time.monotonic()
        check(client.response().status == 504, "no 504")
        check(0.1 < time.monotonic() - begin < 2, "after %g s",
              time.monotonic() - begin)
        check(upstream.end(), "it stays open")
        check(t.exchange(GET, client=client).status == 200, "it cannot go on")
        t.upstreams[-1].close()
        t.upstreams[-1].ended = True


@case("limits/part-of-a-head", "a head that begins and does not go on is too "
      "late too", "reliability 3", arguments=SHORT)
def limit_head(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-")
    check(client.response().status == 504, "no 504")


@case("limits/idle", "an upstream that stops within a body cuts the answer, "
      "so that it looks cut", "RFC 9112 8", arguments=SHORT)
def limit_idle(t):
    for head, body in ((b"Content-Length: 10\r\n", b"hello"),
                       (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"),
                       (b"", b"hello")):
        client = t.client()
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        upstream.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
        check(client.end(), "it stays open")
        check(b"hello" in client.buf, "the part is lost")
        check(client.take() is None, "it looks whole")
        check(upstream.end(), "the upstream stays open")


@case("limits/progress", "bytes that come keep an exchange alive beyond its "
      "limits", "reliability 2", arguments=SHORT)
def limit_progress(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
    for _ in range(6):
        check(not upstream.pull(0.1), "it was ended")
        upstream.send(b"x")
    check(client.response().body == b"xxxxxx", "not whole")


@case("limits/interim", "an interim response gives an upstream more time",
      "RFC 9110 15.2", arguments=SHORT)
def limit_interim(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    for _ in range(4):
        check(not upstream.pull(0.1), "it was ended")
        upstream.send(b"HTTP/1.1 102 Processing\r\n\r\n")
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("limits/expect", "an upstream that answers nothing to Expect is late, "
      "not the client", "RFC 9110 10.1.1", arguments=SHORT)
def limit_expect(t):
    client = t.client()
    client.send(post(b"", b"Expect: 100-continue", length=5))
    check(client.response().status == 504, "not 504")


@case("health/refused", "a refused upstream is 502 at once, every time",
      "reliability 3", upstreams=["http://127.0.0.1:%d" % REFUSED] * 2)
def health_refused(t):
    begin = time.monotonic()
    for _ in range(20):
        check(t.exchange(GET).status == 502, "not 502")
    check(time.monotonic() - begin < 2, "20 took %g s",
          time.monotonic() - begin)


A, A_PORT = listen()
B, B_PORT = listen()
C_PORT = refused_port()


def answering(t, sock, name, stop_at=None):
    """Answers everything on sock with its name."""
    def serve(conn):
        data = b""
        with conn:
            while True:
                got = conn.recv(65536)
                if not got:
                    return
                data += got
                while b"\r\n\r\n" in data:
                    data = data.partition(b"\r\n\r\n")[2]
                    conn.sendall(response(body=name))

    def accept():
        while True:
            try:
                conn, _ = sock.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(conn,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


@case("health/round-robin", "requests go round the upstreams; a refused one "
      "is passed over and comes back", "issue 2.4", arguments=SHORT,
      upstreams=["http://127.0.0.1:%d" % p for p in (A_PORT, B_PORT, C_PORT)])
def health_round(t):
    answering(t, A, b"a")
    answering(t, B, b"b")
    client = t.client()

    def ask(data=GET):
        client.send(data)
        got = client.response()
        return got.body if got.status == 200 else got.status
    first = [ask() for _ in range(30)]
    check(set(first) == {b"a", b"b"}, "answers %r", first)
    check(abs(first.count(b"a") - first.count(b"b")) <= 4, "a %d, b %d",
          first.count(b"a"), first.count(b"b"))
    # A POST that could not connect was not sent, so it goes elsewhere too.
    t.eventually(lambda: ask(post(b"x")) in (b"a", b"b"), "a POST passes")
    back = socket.create_server(("127.0.0.1", C_PORT))
    answering(t, back, b"c")
    t.eventually(lambda: ask() == b"c", "it does not come back")
    third = [ask() for _ in range(30)]
    check(third.count(b"c") == 10, "c got %d of 30", third.count(b"c"))
    back.close()


@case("health/one-full", "an upstream that does not accept costs one request "
      "its connect timeout, then others are asked", "issue 2.4",
      arguments=["--connect-timeout", "200ms", "--upstream-down", "30s"],
      upstreams=["http://127.0.0.1:%d" % p for p in (FULL.port, A_PORT)])
def health_one_full(t):
    answering(t, A, b"a")
    begin = time.monotonic()
    client = t.client()
    for _ in range(10):
        client.send(GET)
        check(client.response().body == b"a", "another answer")
    check(time.monotonic() - begin < 1.5, "10 took %g s",
          time.monotonic() - begin)


@case("stale/retried", "a pooled connection that the upstream had closed is "
      "replaced for what may be sent again, once", "RFC 9110 9.2.2")
def stale_retried(t):
    for data, again in ((GET, True),
                        (request(b"PUT / HTTP/1.1", b"Content-Length: 2",
                                 body=b"hi"), False),
                        (request(b"POST / HTTP/1.1", b"Content-Length: 0"),
                         False),
                        (request(b"DELETE / HTTP/1.1"), True)):
        client = t.client()
        t.exchange(GET, client=client)
        old = [u for u in t.upstreams if not u.ended][-1]
        client.send(data)
        old.request()
        old.close()
        old.ended = True
        if not again:
            check(client.response().status == 502, "%r: not 502", data[:10])
            check(not t.pending(), "%r was sent again", data[:10])
            continue
        fresh = t.accept()
        fresh.request()
        fresh.close()
        fresh.ended = True
        check(client.response().status == 502, "a second loss is not 502")
        check(not t.pending(), "it was sent a third time")


@case("stale/answer-begun", "once a byte of an answer came nothing is sent "
      "again", "RFC 9110 9.2.2")
def stale_begun(t):
    client = t.client()
    t.exchange(GET, client=client)
    old = t.upstreams[-1]
    client.send(GET)
    old.request()
    old.send(b"H")
    old.close()
    old.ended = True
    check(client.response().status == 502, "not 502")
    check(not t.pending(), "it was sent again")


@case("names/none", "a name that does not resolve is 503", "issue 2.4",
      upstreams=["http://no-such-name.invalid:80"])
def names_none(t):
    check(t.exchange(GET).status == 503, "not 503")


@case("names/localhost", "localhost is found, whichever of its addresses "
      "listens", "issue 2.4", upstreams=["http://localhost:%d" % A_PORT])
def names_localhost(t):
    answering(t, A, b"a")
    for _ in range(5):
        check(t.exchange(GET).responses[0].body == b"a", "no answer")


@case("unix/upstream", "a unix socket that is missing, refused or there is "
      "502, 502 and an answer", "issue 2.4", unix=True, arguments=SHORT)
def unix_upstream(t):
    check(t.exchange(GET).status == 200, "no answer")
    for upstream in t.upstreams:
        upstream.close()
        upstream.ended = True
    path = t.listener.getsockname()
    t.listener.close()
    t.listener = socket.create_server(("127.0.0.1", 0))
    t.listener.setblocking(False)
    check(t.exchange(GET).status == 502, "refused is not 502")
    os.unlink(path)
    check(t.exchange(GET).status == 502, "missing is not 502")
    back = socket.socket(socket.AF_UNIX)
    back.bind(path)
    back.listen(8)
    answering(t, back, b"back")
    t.eventually(lambda: t.exchange(GET).status == 200, "it comes back")
    back.close()


play()
