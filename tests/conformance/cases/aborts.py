"""The end of one side is told to the other, at once."""

from kit import GET, OK, WAIT, End, add, case, check, request, response

ABORT = "RFC 9112 8"
POST = b"POST / HTTP/1.1"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nbegin"


def begun(t, data=GET):
    client = t.client()
    client.send(data)
    upstream = t.accept()
    upstream.head()
    return client, upstream


@case("aborts/client-waits", "a reset while waiting reaches the origin "
      "within a second", ABORT)
def client_waits(t):
    client, upstream = begun(t)
    client.reset()
    check(upstream.end(1), "the origin's connection stays open")


@case("aborts/client-sends", "a reset within a body reaches the origin "
      "within a second", ABORT)
def client_sends(t):
    client, upstream = begun(t, request(POST, b"Content-Length: 1000",
                                        body=b"begin"))
    upstream.wait(lambda: b"begin" in upstream.buf, "body")
    client.reset()
    check(upstream.end(1), "the origin's connection stays open")
    check(not upstream.take(), "the origin saw a whole request")


@case("aborts/client-leaves", "a close within a body reaches the origin "
      "within a second", ABORT)
def client_leaves(t):
    client, upstream = begun(t, request(POST, b"Content-Length: 1000",
                                        body=b"begin"))
    upstream.wait(lambda: b"begin" in upstream.buf, "body")
    client.close()
    check(upstream.end(1), "the origin's connection stays open")


@case("aborts/client-reads", "a client that leaves within a response ends "
      "the origin's connection", ABORT)
def client_reads(t):
    client, upstream = begun(t)
    upstream.send(LONG)
    client.until(b"begin")
    client.close()
    upstream.send(b"x" * 1000)
    check(upstream.end(1), "the origin's connection stays open")


@case("aborts/client-resets", "a reset within a response ends the origin's "
      "connection", ABORT)
def client_resets(t):
    client, upstream = begun(t)
    upstream.send(LONG)
    client.until(b"begin")
    client.reset()
    check(upstream.end(1), "the origin's connection stays open")


@case("aborts/client-blocked", "a reset while the response is blocked ends "
      "the origin's connection", ABORT)
def client_blocked(t):
    client = t.client(receive=4096)
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    t.spawn(quiet_send, upstream, bytes(30 << 20))
    client.until(b"\r\n\r\n")
    client.reset()
    t.eventually(lambda: upstream.broken, "the origin can still send", 2)


def quiet_send(peer, data):
    """Sends until it is cut off; nobody minds if it cannot."""
    try:
        peer.send(data, 4 * WAIT)
    except Exception as error:
        peer.note("!", str(error).encode())


@case("aborts/no-request", "a client that leaves within a head reaches no "
      "origin", ABORT)
def no_request(t):
    client = t.client()
    client.send(b"GET / HTTP/1.1\r\nHost: a.exa")
    client.close()
    t.still_works()
    check(len(t.upstreams) == 1, "the origin saw a connection for it")


def origin_ends(name, sentence, answer, data=GET):
    """A 502 within a second, or a response that is not whole."""
    def run(t):
        out = t.exchange(data, [End(*answer)] * 4, timeout=2)
        check(out.status == 502, "status %s%s", out.status,
              ", closed" if out.closed else "")
    add("aborts/" + name, sentence, "RFC 9110 15.6.3", run)


origin_ends("origin-closes", "an origin that closes without a word is 502",
            (b"",))
origin_ends("origin-resets", "an origin that resets without a word is 502",
            (b"", True))
origin_ends("origin-closes-post", "an origin that closes behind a POST is "
            "502", (b"",), request(POST, b"Content-Length: 5",
                                   body=b"hello"))
origin_ends("origin-mid-status", "an origin that closes within the status "
            "line is 502", (b"HTTP/1.1 20",))
origin_ends("origin-mid-head", "an origin that closes within the head is "
            "502", (b"HTTP/1.1 200 OK\r\nContent-Len",))
origin_ends("origin-before-empty-line", "an origin that closes before the "
            "empty line is 502", (b"HTTP/1.1 200 OK\r\nContent-Length: 0"
                                  b"\r\n",))


@case("aborts/origin-mid-body", "an origin that resets within a body is told "
      "to the client at once", ABORT)
def origin_mid_body(t):
    client, upstream = begun(t)
    upstream.send(LONG)
    client.until(b"begin")
    upstream.reset()
    check(client.end(1), "the client's connection stays open")


@case("aborts/origin-mid-upload", "an origin that leaves within an upload is "
      "told to the client at once", ABORT)
def origin_mid_upload(t):
    client, upstream = begun(t, request(POST, b"Content-Length: 1000",
                                        body=b"begin"))
    upstream.wait(lambda: b"begin" in upstream.buf, "body")
    upstream.reset()
    client.wait(lambda: client.ended or b"\r\n\r\n" in client.buf, "word", 1)
    check(client.buf[9:12] in (b"502", b""), "it got %r",
          bytes(client.buf[:40]))


@case("aborts/origin-refuses", "an origin that refuses is 502 or 503",
      "RFC 9110 15.6.3")
def origin_refuses(t):
    t.listener.close()
    client = t.client()
    client.send(GET)
    got = client.response()
    check(got.status in (502, 503), "status %s", got.status)


@case("aborts/origin-returns", "an origin that comes back is used again",
      "RFC 9110 15.6.3")
def origin_returns(t):
    first = t.exchange(GET, End(response(b"HTTP/1.1 200 OK")))
    check(first.status == 200, "status %s", first.status)
    t.eventually(lambda: t.exchange(GET, [OK]).status == 200,
                 "no 200 again")


@case("aborts/journal", "an abort by the client is journaled as 499",
      "the journal", only="brownout", may_end=True)
def journal(t):
    client, upstream = begun(t)
    client.reset()
    check(upstream.end(1), "the origin's connection stays open")
    t.proxy.process.terminate()
    t.proxy.process.wait(WAIT)
    records = t.proxy.journal()
    check(len(records) == 1, "%d records", len(records))
    check(records[0]["status"] == 499 and
          records[0]["outcome"] == "client_closed", "it is %r", records[0])
