"""1xx responses, Expect, and what Upgrade leads to."""

from kit import GET, OK, WAIT, End, add, case, check, request, response

INTERIM = "RFC 9110 15.2"
EXPECT = "RFC 9110 10.1.1"
UPGRADE = "RFC 9110 7.8"
EARLY = (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n"
         b"Link: </b.js>; rel=preload\r\n\r\n")
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n"
          b"Connection: Upgrade\r\n\r\n")
ASK = request(b"GET /chat HTTP/1.1", b"Upgrade: echo", b"Connection: Upgrade")
WAITS = request(b"POST / HTTP/1.1", b"Content-Length: 5",
                b"Expect: 100-continue")


def forwards(name, sentence, interim, statuses):
    def run(t):
        out = t.exchange(GET, interim + OK)
        check(out.status == 200, "status %s", out.status)
        check([r.status for r in out.interim] == statuses,
              "the client got %r", [r.status for r in out.interim])
    add("interim/" + name, sentence, INTERIM, run)


forwards("103", "forwards a 103", EARLY, [103])
forwards("102", "forwards a 102", b"HTTP/1.1 102 Processing\r\n\r\n", [102])
forwards("order", "forwards several in order",
         b"HTTP/1.1 102 Processing\r\n\r\n" + EARLY +
         b"HTTP/1.1 102 Processing\r\n\r\n" + EARLY, [102, 103, 102, 103])
forwards("unknown", "forwards an unknown one", b"HTTP/1.1 199 Odd\r\n\r\n",
         [199])
forwards("twenty", "forwards twenty", EARLY * 20, [103] * 20)
forwards("unasked-100", "forwards a 100 that nobody asked for",
         b"HTTP/1.1 100 Continue\r\n\r\n", [100])
forwards("length", "an interim response has no body whatever it says",
         b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
         b"HTTP/1.1 102 Processing\r\nX-A: 1\r\n\r\n", [103, 102])


@case("interim/fields", "keeps the fields of a 103", "RFC 8297 2")
def fields(t):
    out = t.exchange(GET, EARLY + OK)
    check(out.interim, "no 103")
    check(out.interim[0].all(b"link") == [b"</a.css>; rel=preload",
                                          b"</b.js>; rel=preload"],
          "Link is %r", out.interim[0].all(b"link"))


@case("interim/at-once", "forwards a 103 before the final response comes",
      INTERIM)
def at_once(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(EARLY)
    client.until(b"\r\n\r\n")
    upstream.send(OK)
    check(client.response().status == 200, "no final response")


@case("interim/1.0", "sends no 103 to a 1.0 client", INTERIM)
def to_10(t):
    client = t.client()
    out = t.exchange(request(b"GET / HTTP/1.0"), EARLY + OK, client=client)
    check(client.buf[9:12] == b"200", "it got %r", bytes(client.buf[:40]))
    check(not out.interim and out.status == 200, "status %s", out.status)


@case("interim/1.0-keep-alive", "sends no 102 to a 1.0 client that keeps its "
      "connection", INTERIM)
def to_10_keep_alive(t):
    client = t.client()
    t.exchange(request(b"GET / HTTP/1.0", b"Connection: keep-alive"),
               b"HTTP/1.1 102 Processing\r\n\r\n" + OK, client=client)
    check(client.buf[9:12] == b"200", "it got %r", bytes(client.buf[:40]))


@case("interim/head", "forwards a 103 to HEAD", INTERIM)
def head(t):
    out = t.exchange(request(b"HEAD / HTTP/1.1"),
                     EARLY + b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                     methods=(b"HEAD",))
    check(len(out.interim) == 1 and out.status == 200, "status %s",
          out.status)


@case("interim/cut", "an origin that leaves behind a 103 is a 502", INTERIM)
def cut(t):
    out = t.exchange(GET, End(EARLY), until_close=True, timeout=1)
    check(out.status == 502 or (out.closed and not out.responses),
          "status %s", out.status)


@case("interim/expect", "100 comes from the origin, and only from there",
      EXPECT)
def expect(t):
    client = t.client()
    client.send(WAITS)
    upstream = t.accept()
    check(upstream.head().tokens(b"expect") == [b"100-continue"],
          "Expect did not reach the origin")
    check(client.quiet(), "the proxy answered itself: %r",
          bytes(client.buf))
    upstream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    check(client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100"),
          "no 100")
    client.send(b"hello")
    check(upstream.request().body == b"hello", "the body differs")
    upstream.send(OK)
    check(client.response().status == 200, "no final response")


@case("interim/expect-works", "a client that waits for 100 gets one and its "
      "answer", EXPECT)
def expect_works(t):
    client = t.client()
    client.send(WAITS)
    upstream = t.accept()
    upstream.head()
    upstream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.until(b"100 Continue")
    client.until(b"\r\n\r\n")
    client.send(b"hello")
    check(upstream.request().body == b"hello", "the body differs")
    upstream.send(OK)
    check(client.response().status == 200, "no final response")


@case("interim/expect-refused", "a final response instead of 100 passes at "
      "once", EXPECT)
def expect_refused(t):
    client = t.client()
    client.send(WAITS)
    upstream = t.accept()
    upstream.head()
    upstream.send(response(b"HTTP/1.1 417 Expectation Failed"))
    got = client.response()
    check(got.status == 417, "status %s", got.status)


@case("interim/expect-impatient", "a client that does not wait for 100 is "
      "served", EXPECT)
def expect_impatient(t):
    out = t.passed(WAITS + b"hello",
                   b"HTTP/1.1 100 Continue\r\n\r\n" + OK)
    check(out.requests[0].body == b"hello", "the body differs")
    check(out.status == 200, "status %s", out.status)


@case("interim/expect-chunked", "Expect works with a chunked body", EXPECT)
def expect_chunked(t):
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked",
                        b"Expect: 100-continue"))
    upstream = t.accept()
    upstream.head()
    upstream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.until(b"100 Continue\r\n")
    client.until(b"\r\n")
    client.send(b"5\r\nhello\r\n0\r\n\r\n")
    check(upstream.request().body == b"hello", "the body differs")
    upstream.send(OK)
    check(client.response().status == 200, "no final response")


@case("interim/expect-1.0", "a 1.0 client gets no 100", EXPECT)
def expect_10(t):
    client = t.client()
    out = t.exchange(request(b"POST / HTTP/1.0", b"Content-Length: 5",
                             b"Expect: 100-continue", body=b"hello"),
                     b"HTTP/1.1 100 Continue\r\n\r\n" + OK, client=client)
    check(client.buf[9:12] == b"200", "it got %r", bytes(client.buf[:40]))
    check(out.status == 200, "status %s", out.status)


@case("interim/expect-other", "another expectation is 417 or passes", EXPECT)
def expect_other(t):
    out = t.exchange(request(b"GET / HTTP/1.1", b"Expect: miracles"))
    check(out.status in (417, 200), "status %s", out.status)


@case("interim/expect-next", "the connection goes on behind a refused "
      "expectation, or closes", EXPECT)
def expect_next(t):
    client = t.client()
    client.send(WAITS)
    upstream = t.accept()
    upstream.head()
    upstream.send(response(b"HTTP/1.1 401 Unauthorized",
                           b"WWW-Authenticate: Basic realm=\"a\""))
    check(client.response().status == 401, "no 401")
    client.send(b"hello" + request(b"GET /next HTTP/1.1"))
    out = t.exchange(b"", lambda got: b"" if got.method == b"POST" else OK,
                     client=client, timeout=2)
    check(out.closed or out.status == 200, "status %s", out.status)
    check(all(r.method in (b"GET", b"POST") for r in out.requests),
          "the origin saw %r", [r.start for r in out.requests])


def tunnel(t, ask=ASK, switch=SWITCH):
    client = t.client()
    client.send(ask)
    upstream = t.accept()
    got = upstream.request()
    check(got.tokens(b"upgrade") == [b"echo"], "Upgrade is %r",
          got.all(b"upgrade"))
    check(b"upgrade" in got.tokens(b"connection"), "Connection is %r",
          got.all(b"connection"))
    upstream.send(switch)
    check(client.response().status == 101, "no 101")
    return client, upstream


@case("interim/101", "101 makes a tunnel for both directions", UPGRADE)
def switching(t):
    client, upstream = tunnel(t)
    for i in range(5):
        client.send(b"\0ping %d\r\n\r\n" % i)
        upstream.until(b"ping %d\r\n\r\n" % i)
        upstream.send(b"\xffpong %d" % i)
        client.until(b"pong %d" % i)


@case("interim/101-fields", "101 keeps Upgrade and Connection", UPGRADE)
def switching_fields(t):
    client = t.client()
    client.send(ASK)
    upstream = t.accept()
    upstream.request()
    upstream.send(SWITCH)
    got = client.response()
    check(got.all(b"upgrade") == [b"echo"], "Upgrade is %r",
          got.all(b"upgrade"))
    check(b"upgrade" in got.tokens(b"connection"), "Connection is %r",
          got.all(b"connection"))


@case("interim/101-behind", "bytes right behind a 101 reach the client",
      UPGRADE)
def switching_behind(t):
    client, _ = tunnel(t, switch=SWITCH + b"\0first")
    client.until(b"\0first")


@case("interim/101-large", "a tunnel carries 4 MiB each way", UPGRADE)
def switching_large(t):
    client, upstream = tunnel(t)
    data = bytes(range(256)) * 16384
    t.spawn(client.send, data)
    upstream.wait(lambda: len(upstream.buf) - upstream.pos >= len(data),
                  "4 MiB", 2 * WAIT)
    check(upstream.buf[upstream.pos:] == data, "the bytes differ")
    t.spawn(upstream.send, data)
    client.wait(lambda: len(client.buf) - client.pos >= len(data), "4 MiB",
                2 * WAIT)
    check(client.buf[client.pos:] == data, "the bytes differ")


@case("interim/101-client-half-closes", "a half-close by the client passes "
      "through a tunnel", UPGRADE)
def switching_client_half(t):
    client, upstream = tunnel(t)
    client.send(b"last")
    client.finish()
    upstream.until(b"last")
    check(upstream.end(2), "the origin does not see the end")
    check(not upstream.was_reset, "the origin was reset")
    upstream.send(b"answer")
    client.until(b"answer")
    upstream.close()
    check(client.end(2), "the connection stays open")


@case("interim/101-origin-half-closes", "a half-close by the origin passes "
      "through a tunnel", UPGRADE)
def switching_origin_half(t):
    client, upstream = tunnel(t)
    upstream.send(b"last")
    upstream.finish()
    client.until(b"last")
    check(client.end(2), "the client does not see the end")
    client.send(b"answer")
    upstream.until(b"answer")


@case("interim/101-close", "the end of one side of a tunnel ends the other",
      UPGRADE)
def switching_close(t):
    client, upstream = tunnel(t)
    client.reset()
    check(upstream.end(2), "the origin's connection stays open")


@case("interim/101-declined", "an Upgrade that the origin declines is an "
      "ordinary request", UPGRADE)
def declined(t):
    client = t.client()
    out = t.exchange(ASK, client=client)
    check(out.status == 200, "status %s", out.status)
    out = t.exchange(GET, client=client if not client.ended else None)
    check(out.status == 200, "the next got %s", out.status)


@case("interim/101-unasked", "a 101 that nobody asked for is a 502",
      "RFC 9110 15.2.2")
def unasked(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(SWITCH + b"secret")
    client.wait(lambda: client.ended or b"\r\n\r\n" in client.buf, "answer")
    check(client.buf[9:12] in (b"502", b""), "it got %r",
          bytes(client.buf[:60]))


@case("interim/101-websocket", "a WebSocket handshake passes", "RFC 6455 4")
def websocket(t):
    client = t.client()
    client.send(request(b"GET /ws HTTP/1.1", b"Upgrade: websocket",
                        b"Connection: keep-alive, Upgrade",
                        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        b"Sec-WebSocket-Version: 13"))
    upstream = t.accept()
    got = upstream.request()
    check(got.tokens(b"upgrade") == [b"websocket"], "Upgrade is %r",
          got.all(b"upgrade"))
    check(got.all(b"sec-websocket-key") == [b"dGhlIHNhbXBsZSBub25jZQ=="],
          "the key is %r", got.all(b"sec-websocket-key"))
    upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket"
                  b"\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05hello")
    check(client.response().all(b"sec-websocket-accept") ==
          [b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], "the accept value differs")
    client.until(b"\x81\x05hello")
    client.send(b"\x81\x80\0\0\0\0")
    upstream.until(b"\x81\x80\0\0\0\0")
