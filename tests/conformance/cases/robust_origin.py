"""Origins that behave badly, one after another."""

import hashlib
import os
import threading

from kit import GET, OK, WAIT, End, add, case, check, request, response
from wire import chunked

BOUND = 24 << 20        # how much memory one exchange may take
HEAD = b"HTTP/1.1 200 OK\r\n"


def garbage(name, sentence, data, end=True):
    def run(t):
        client = t.client()
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        upstream.send(data)
        if end:
            upstream.close()
        got = client.response()
        check(got.status == 502, "status %s", got.status)
    add("origin/" + name, sentence, "RFC 9110 15.6.3", run)


garbage("garbage", "random bytes are a 502", os.urandom(4096))
garbage("garbage-text", "a greeting of another protocol is a 502",
        b"220 mail.example ESMTP\r\n")
garbage("garbage-tls", "a TLS alert is a 502",
        b"\x15\x03\x01\x00\x02\x02\x46")
garbage("garbage-html", "HTTP/0.9 is a 502", b"<html>hello</html>\n")
garbage("garbage-request", "a request for an answer is a 502", GET)
garbage("garbage-open", "garbage is a 502 before the origin closes",
        b"garbage\r\n\r\n", False)


def endless(name, sentence, start, piece):
    """The origin is cut off long before it has sent 64 MiB."""
    def run(t):
        client = t.client()
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        before = t.proxy.rss()
        upstream.send(start)
        sent = 0
        while sent < 64 << 20 and not upstream.broken and \
                upstream.send(piece):
            sent += len(piece)
        check(upstream.broken, "it took 64 MiB")
        check(t.proxy.rss() < before + BOUND, "it took %d MiB of memory",
              (t.proxy.rss() - before) >> 20)
        client.wait(lambda: client.ended or b"\r\n\r\n" in client.buf,
                    "word")
        check(client.buf[9:12] in (b"502", b"200", b""), "it got %r",
              bytes(client.buf[:40]))
        check(client.take() is None or client.buf[9:12] == b"502",
              "it looks complete")
    add("origin/" + name, sentence, "RFC 9110 5.4", run)


endless("endless-head", "an endless head is cut off", HEAD,
        b"X-Field: 0123456789\r\n" * 4096)
endless("endless-field", "an endless field is cut off", HEAD + b"X-A: ",
        b"a" * 65536)
endless("endless-status", "an endless status line is cut off",
        b"HTTP/1.1 200 ", b"a" * 65536)
endless("endless-extension", "an endless chunk extension is cut off",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * 65536)
endless("endless-trailers", "endless trailers are cut off",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
        b"X-Field: 0123456789\r\n" * 4096)


def slow_reader(size, framing):
    """A response that nobody reads at first; then all of it arrives."""
    def run(t):
        block = bytes(range(256)) * 4096
        client = t.client(receive=65536)
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        before = t.proxy.rss()
        if framing == "length":
            upstream.send(HEAD + b"Content-Length: %d\r\n\r\n" % size)
        elif framing == "chunked":
            upstream.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = [0]
        blocked = threading.Event()

        def produce():
            upstream.sock.setblocking(True)
            upstream.sock.settimeout(0.3)
            data = memoryview(block if framing != "chunked" else
                              chunked(block, last=False))
            while sent[0] < size:
                left = data
                while left:
                    try:
                        left = left[upstream.sock.send(left):]
                    except TimeoutError:
                        blocked.set()
                    except OSError:
                        return
                sent[0] += len(block)
            if framing == "chunked":
                upstream.sock.send(b"0\r\n\r\n")
            blocked.set()
        t.spawn(produce)
        check(blocked.wait(4 * WAIT), "the origin is never blocked")
        check(sent[0] < size, "the proxy took all %d MiB", size >> 20)
        grown = t.proxy.rss() - before
        check(grown < BOUND, "it took %d MiB of memory", grown >> 20)
        check_body(client, block, size, framing)
        grown = t.proxy.rss() - before
        check(grown < BOUND, "it took %d MiB of memory", grown >> 20)
    return run


def check_body(client, block, size, framing):
    """Reads the response without keeping it; its digest must be right."""
    client.sock.setblocking(True)
    client.sock.settimeout(WAIT)
    file = client.sock.makefile("rb", 1 << 20)
    coded = False
    while True:
        line = file.readline(65537)
        coded = coded or b"chunked" in line.lower()
        if line in (b"\r\n", b""):
            break
    got, want = hashlib.blake2b(), hashlib.blake2b()
    count = 0
    while count < size:
        n = int(file.readline(100).partition(b";")[0], 16) if coded else \
            min(1 << 20, size - count)
        data = file.read(n)
        check(len(data) == n and n, "it ends after %d bytes", count)
        got.update(data)
        count += n
        if coded:
            file.readline(3)
    for _ in range(size // len(block)):
        want.update(block)
    check(got.digest() == want.digest(), "the bytes differ")


for _framing in ("length", "chunked"):
    add("origin/slow-reader-" + _framing,
        "128 MiB to a slow reader take bounded memory (%s)" % _framing,
        "robustness", slow_reader(128 << 20, _framing), slow=True)


@case("origin/slow-upload", "128 MiB to a slow origin take bounded memory",
      "robustness", slow=True)
def slow_upload(t):
    size = 128 << 20
    client = t.client()
    client.send(request(b"PUT / HTTP/1.1", b"Content-Length: %d" % size))
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    before = t.proxy.rss()
    blocked, done = threading.Event(), threading.Event()

    def produce():
        client.sock.setblocking(True)
        client.sock.settimeout(0.3)
        left = size
        block = memoryview(bytes(1 << 20))
        while left:
            try:
                left -= client.sock.send(block[:min(left, 1 << 20)])
            except TimeoutError:
                blocked.set()
            except OSError:
                return
        done.set()
    t.spawn(produce)
    check(blocked.wait(4 * WAIT), "the client is never blocked")
    check(not done.is_set(), "the proxy took it all")
    check(t.proxy.rss() - before < BOUND, "it took %d MiB of memory",
          (t.proxy.rss() - before) >> 20)
    count = len(upstream.buf) - upstream.pos
    upstream.sock.setblocking(True)
    upstream.sock.settimeout(WAIT)
    while count < size:
        n = len(upstream.sock.recv(1 << 20))
        check(n, "it ends after %d bytes", count)
        count += n
    check(done.wait(WAIT), "the client could not send all")
    upstream.sock.sendall(OK)
    client.sock.setblocking(False)
    check(client.response().status == 200, "no answer")


@case("origin/slow-bytes", "an origin that sends byte by byte is waited for",
      "robustness")
def slow_bytes(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    for i in range(len(OK)):
        upstream.send(OK[i:i + 1])
        t.proxy.cpu()
    check(client.response().body == b"ok", "no answer")


@case("origin/early-whole-upload", "an answer before the end of an upload, "
      "and the upload goes on", "RFC 9112 9.3")
def early_whole_upload(t):
    size = 4 << 20
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: %d" % size))
    upstream = t.accept()
    upstream.head()
    upstream.send(OK)
    check(client.response().status == 200, "no answer")
    t.spawn(client.send, bytes(size))
    end = client.end(0.5)
    if not end:
        upstream.wait(lambda: len(upstream.buf) > size or upstream.ended,
                      "rest of the upload")


@case("origin/restarts", "an origin that restarts costs at most the requests "
      "in flight", "robustness")
def restarts(t):
    for i in range(20):
        out = t.exchange(GET)
        check(out.status == 200, "request %d got %s", i, out.status)
        for upstream in t.upstreams:
            upstream.close()
            upstream.ended = True
    t.still_works()


@case("origin/parallel", "an origin that answers one does not keep another "
      "waiting", "robustness")
def parallel(t):
    clients = [t.client() for _ in range(20)]
    for i, client in enumerate(clients):
        client.send(request(b"GET /%d HTTP/1.1" % i))
    upstreams = [t.accept() for _ in clients]
    for upstream in reversed(upstreams):
        upstream.send(response(body=upstream.request().target))
    for i, client in enumerate(clients):
        check(client.response().body == b"/%d" % i, "client %d got %r", i,
              bytes(client.buf))


@case("origin/close-races", "answers with Connection: close never spoil the "
      "next request", "RFC 9112 9.6")
def close_races(t):
    client = t.client()
    for i in range(50):
        out = t.exchange(GET, End(response(b"HTTP/1.1 200 OK",
                                           b"Connection: close")),
                         client=client)
        check(out.status == 200, "request %d got %s", i, out.status)


@case("origin/silent-close", "answers without Connection: close, then a "
      "close, never spoil a GET", "RFC 9112 9.5")
def silent_close(t):
    client = t.client()
    for i in range(50):
        out = t.exchange(GET, End(OK), client=client)
        check(out.status == 200, "request %d got %s", i, out.status)
