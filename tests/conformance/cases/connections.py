"""How long a connection lives and who may use it."""

from kit import GET, OK, WAIT, End, add, case, check, request, response

PERSIST = "RFC 9112 9.3"
PIPELINE = "RFC 9112 9.3.2"
RETRY = "RFC 9110 9.2.2"


def path(got):
    """An answer that tells which request it answers."""
    return response(body=got.method + b" " + got.target)


@case("connections/keep-alive", "serves many requests on one connection",
      PERSIST)
def keep_alive(t):
    client = t.client()
    for i in range(50):
        out = t.exchange(request(b"GET /%d HTTP/1.1" % i), path,
                         client=client)
        check(out.responses and out.responses[0].body == b"GET /%d" % i,
              "request %d was not answered", i)


@case("connections/pool", "uses a connection to the origin again",
      "RFC 9112 9.4")
def pool(t):
    client = t.client()
    for i in range(5):
        t.exchange(GET, client=client)
    t.exchange(GET)
    check(len(t.upstreams) == 1, "it opened %d connections to the origin",
          len(t.upstreams))


@case("connections/pipelined", "answers pipelined requests in order",
      PIPELINE)
def pipelined(t):
    out = t.exchange(b"".join(request(b"GET /%d HTTP/1.1" % i)
                              for i in range(10)), path, want=10)
    check([r.body for r in out.responses] ==
          [b"GET /%d" % i for i in range(10)], "the answers are %r",
          [r.body for r in out.responses])


@case("connections/pipelined-bodies", "answers pipelined requests with "
      "bodies in order", PIPELINE)
def pipelined_bodies(t):
    one = request(b"POST /a HTTP/1.1", b"Content-Length: 5", body=b"GET /")
    two = request(b"POST /b HTTP/1.1", b"Transfer-Encoding: chunked",
                  body=b"3\r\nabc\r\n0\r\n\r\n")
    out = t.exchange(one + two + request(b"GET /c HTTP/1.1"), path, want=3)
    check([r.body for r in out.responses] ==
          [b"POST /a", b"POST /b", b"GET /c"], "the answers are %r",
          [r.body for r in out.responses])
    check([r.body for r in out.requests] == [b"GET /", b"abc", b""],
          "the bodies are %r", [r.body for r in out.requests])


@case("connections/pipelined-mixed", "keeps order behind HEAD, 204 and 304",
      PIPELINE)
def pipelined_mixed(t):
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
               b"HTTP/1.1 204 No Content\r\n\r\n",
               b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", OK]
    out = t.exchange(request(b"HEAD / HTTP/1.1") + GET * 3, answers, want=4,
                     methods=(b"HEAD",))
    check([r.status for r in out.responses] == [200, 204, 304, 200],
          "the answers are %r", [r.status for r in out.responses])


@case("connections/pipelined-1000", "answers 1,000 pipelined requests",
      PIPELINE)
def pipelined_1000(t):
    out = t.exchange(b"".join(request(b"GET /%d HTTP/1.1" % i)
                              for i in range(1000)), path, want=1000,
                     timeout=4 * WAIT)
    check([r.body for r in out.responses] ==
          [b"GET /%d" % i for i in range(1000)], "%d answers in order",
          len(out.responses))


def closes(name, sentence, line, fields, rfc=PERSIST):
    """One answer, the end of the connection, nothing of what came behind."""
    def run(t):
        out = t.exchange(request(line, *fields) +
                         request(b"GET /never HTTP/1.1"), until_close=True)
        check(out.status == 200, "status %s", out.status)
        check(out.closed, "the connection stays open")
        check(len(out.responses) == 1 and len(out.requests) == 1,
              "%d answers, %d requests at the origin", len(out.responses),
              len(out.requests))
    add("connections/" + name, sentence, rfc, run)


closes("close", "closes after Connection: close and reads nothing more",
       b"GET / HTTP/1.1", [b"Connection: close"], "RFC 9112 9.6")
closes("close-list", "finds close in a list, in any case", b"GET / HTTP/1.1",
       [b"Connection: X-A, CLOSE"], "RFC 9112 9.6")
closes("close-second-field", "finds close in a second Connection",
       b"GET / HTTP/1.1", [b"Connection: X-A", b"Connection: close"],
       "RFC 9112 9.6")
closes("close-wins", "close wins over keep-alive", b"GET / HTTP/1.1",
       [b"Connection: close, keep-alive"])
closes("1.0", "closes after a 1.0 request", b"GET / HTTP/1.0", [])


@case("connections/close-told", "tells that it will close", "RFC 9112 9.6")
def close_told(t):
    out = t.exchange(request(b"GET / HTTP/1.1", b"Connection: close"),
                     until_close=True)
    check(out.responses[0].tokens(b"connection") == [b"close"],
          "Connection is %r", out.responses[0].all(b"connection"))


@case("connections/1.0-keep-alive", "keeps a 1.0 connection that asks for "
      "it, or closes it", PERSIST)
def keep_alive_10(t):
    client = t.client()
    ask = request(b"GET / HTTP/1.0", b"Connection: keep-alive")
    out = t.exchange(ask, client=client)
    check(out.status == 200, "status %s", out.status)
    if b"keep-alive" in out.responses[0].tokens(b"connection"):
        out = t.exchange(ask, client=client)
        check(out.status == 200, "the second got %s", out.status)
    else:
        check(client.end(), "neither kept nor closed")


@case("connections/half-close", "answers a client that has half-closed",
      "RFC 9112 9.6")
def half_close(t):
    client = t.client()
    client.send(GET)
    client.finish()
    upstream = t.accept()
    upstream.request()
    check(client.quiet(), "it gave up: %r", bytes(client.buf[:80]))
    upstream.send(OK)
    check(client.response().body == b"ok", "no answer")
    check(client.end(), "the connection stays open")


@case("connections/half-close-body", "answers a client that half-closes "
      "behind its body", "RFC 9112 9.6")
def half_close_body(t):
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: 5",
                        body=b"hello"))
    client.finish()
    upstream = t.accept()
    check(upstream.request().body == b"hello", "the body differs")
    check(client.quiet(), "it gave up: %r", bytes(client.buf[:80]))
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("connections/half-close-pipelined", "answers all of a pipeline behind "
      "which the client has half-closed", "RFC 9112 9.6")
def half_close_pipelined(t):
    client = t.client()
    client.send(b"".join(request(b"GET /%d HTTP/1.1" % i) for i in range(5)))
    client.finish()
    out = t.exchange(b"", path, want=5, client=client)
    check(len(out.responses) == 5, "%d answers", len(out.responses))


def pooled(t):
    """A connection to the origin that waits in the proxy's pool."""
    out = t.exchange(GET)
    check(out.status == 200, "status %s", out.status)
    return t.upstreams[-1]


@case("connections/stale-get", "retries a GET when a pooled connection "
      "turns out closed", RETRY)
def stale_get(t):
    pooled(t)
    out = t.exchange(GET, [End(), OK])
    check(out.status == 200, "status %s", out.status)


@case("connections/stale-reset", "retries a GET when a pooled connection is "
      "reset", RETRY)
def stale_reset(t):
    pooled(t)
    out = t.exchange(GET, [End(reset=True), OK])
    check(out.status == 200, "status %s", out.status)


@case("connections/stale-post", "never replays a POST", RETRY)
def stale_post(t):
    pooled(t)
    out = t.exchange(request(b"POST / HTTP/1.1", b"Content-Length: 5",
                             body=b"hello"), [End(), OK])
    posts = [r for r in out.requests if r.method == b"POST"]
    check(len(posts) == 1, "the origin saw it %d times", len(posts))
    check(out.status in (502, 503, 504) or (out.status is None and
                                            out.closed),
          "status %s", out.status)


@case("connections/stale-post-empty", "never replays a POST without a body",
      RETRY)
def stale_post_empty(t):
    pooled(t)
    out = t.exchange(request(b"POST / HTTP/1.1", b"Content-Length: 0"),
                     [End(), OK])
    check(len(out.requests) == 1, "the origin saw it %d times",
          len(out.requests))


@case("connections/stale-patch", "never replays an unknown method", RETRY)
def stale_patch(t):
    pooled(t)
    out = t.exchange(request(b"BREW / HTTP/1.1"), [End(), OK])
    check(len(out.requests) == 1, "the origin saw it %d times",
          len(out.requests))


@case("connections/stale-begun", "does not retry once an answer has begun",
      RETRY)
def stale_begun(t):
    pooled(t)
    out = t.exchange(GET, [End(b"HTTP/1.1 200 OK\r\nContent-Le"), OK])
    check(len(out.requests) == 1 or out.status == 200, "%d requests",
          len(out.requests))
    check(out.status in (502, 200), "status %s", out.status)


@case("connections/fresh-closed", "does not retry for ever", RETRY)
def fresh_closed(t):
    out = t.exchange(GET, End(), timeout=2 * WAIT)
    check(out.status == 502, "status %s", out.status)
    check(len(out.requests) <= 3, "it tried %d times", len(out.requests))


@case("connections/idle-closed", "a POST does not go to a pooled connection "
      "that was closed before", "RFC 9112 9.5")
def idle_closed(t):
    upstream = pooled(t)
    upstream.finish()
    check(upstream.end(), "the proxy keeps a closed connection")
    upstream.close()
    out = t.exchange(request(b"POST / HTTP/1.1", b"Content-Length: 5",
                             body=b"hello"))
    check(out.status == 200, "status %s", out.status)


@case("connections/idle-bytes", "bytes on an idle pooled connection answer "
      "nobody", "RFC 9112 9.2")
def idle_bytes(t):
    upstream = pooled(t)
    upstream.send(response(body=b"poison"))
    check(upstream.end(), "the proxy keeps a connection with stray bytes")
    out = t.exchange(GET)
    check(out.status == 200 and out.responses[0].body == b"ok",
          "the next answer is %r", out.responses and out.responses[0].body)


@case("connections/origin-close", "a closing origin does not close the "
      "client's connection", "RFC 9110 7.6.1")
def origin_close(t):
    client = t.client()
    answer = End(response(b"HTTP/1.1 200 OK", b"Connection: close"))
    for i in range(3):
        out = t.exchange(GET, answer, client=client)
        check(out.status == 200, "request %d got %s", i, out.status)
        check(b"close" not in out.responses[0].tokens(b"connection"),
              "it was told to the client")
    check(len(t.upstreams) == 3, "%d connections to the origin",
          len(t.upstreams))


@case("connections/lingering", "the client can read a refusal although it "
      "sends on", "RFC 9112 9.6")
def lingering(t):
    out = t.exchange(b"POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: "
                     b"4194304\r\n\r\n" + bytes(4194304), until_close=True)
    check(out.status == 400, "status %s", out.status)
    check(out.closed, "the connection stays open")
    check(not t.clients[0].was_reset, "it was reset")


@case("connections/early-response", "passes an early answer on at once",
      "RFC 9112 9.3")
def early_response(t):
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: 1000000",
                        body=b"x" * 1000))
    upstream = t.accept()
    upstream.head()
    upstream.send(response(b"HTTP/1.1 413 Content Too Large",
                           b"Connection: close"))
    check(client.response().status == 413, "no answer")


@case("connections/early-and-close", "passes an early answer on although "
      "the origin closes", "RFC 9112 9.6")
def early_and_close(t):
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: 8000000",
                        body=b"x" * 1000))
    upstream = t.accept()
    upstream.head()
    upstream.wait(lambda: b"x" * 1000 in upstream.buf, "body")
    upstream.send(response(b"HTTP/1.1 403 Forbidden", b"Connection: close",
                           body=b"go away"))
    upstream.finish()
    t.spawn(client.send, bytes(7999000))
    got = client.response()
    check((got.status, got.body) == (403, b"go away"), "it is %r", got.raw)


@case("connections/early-then-next", "after an early answer the rest of the "
      "body is no request", "RFC 9112 9.3")
def early_then_next(t):
    evil = b"GET /evil HTTP/1.1\r\nHost: a.example\r\n\r\n"
    client = t.client()
    client.send(request(b"POST / HTTP/1.1", b"Content-Length: %d"
                        % (len(evil) + 10), body=b"0123456789"))
    upstream = t.accept()
    upstream.wait(lambda: b"0123456789" in upstream.buf, "body")
    upstream.send(OK)
    check(client.response().status == 200, "no answer")
    client.send(evil)
    client.send(request(b"GET /next HTTP/1.1"))
    end = t.exchange(b"", lambda got: b"" if got.method == b"POST" else
                     path(got), client=client, timeout=2)
    check(all(r.target != b"/evil" for r in end.requests),
          "the rest of the body became a request")
    check(not end.responses or end.responses[0].body == b"GET /next",
          "the next answer is %r",
          end.responses and end.responses[0].body)
