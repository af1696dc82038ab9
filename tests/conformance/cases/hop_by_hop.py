"""Fields for one hop, and the fields a proxy adds."""

from kit import OK, add, case, check, request, response
from wire import chunked

HOP = "RFC 9110 7.6.1"


def removes(name, sentence, fields, gone, rfc=HOP):
    def run(t):
        out = t.passed(request(b"GET / HTTP/1.1", *fields,
                               b"X-Stays: 1"))
        got = out.requests[0]
        for field in gone:
            check(not got.has(field), "%s reached the origin: %r",
                  field.decode(), got.all(field))
            check(field == b"Keep-Alive" or
                  field.lower() not in got.tokens(b"connection"),
                  "Connection is %r", got.all(b"connection"))
        check(got.has(b"x-stays"), "it removed too much")
        check(out.status == 200, "status %s", out.status)
    add("hop-by-hop/" + name, sentence, rfc, run)


removes("nominated", "removes what Connection names",
        [b"Connection: X-Hop", b"X-Hop: 1"], [b"X-Hop"])
removes("nominated-many", "removes all that Connection names, in any case",
        [b"X-One: 1", b"Connection: x-one , X-TWO,,x-three", b"X-Two: 2",
         b"X-Three: 3", b"x-THREE: 4"], [b"X-One", b"X-Two", b"X-Three"])
removes("nominated-two", "removes what a second Connection names",
        [b"Connection: X-One", b"Connection: X-Two", b"X-One: 1",
         b"X-Two: 2"], [b"X-One", b"X-Two"])
removes("nominated-close", "removes what stands beside close",
        [b"Connection: close, X-Hop", b"X-Hop: 1"], [b"X-Hop"])
removes("keep-alive", "removes Keep-Alive",
        [b"Keep-Alive: timeout=5", b"Connection: keep-alive"],
        [b"Keep-Alive"])
removes("keep-alive-alone", "removes Keep-Alive that nobody names",
        [b"Keep-Alive: timeout=5"], [b"Keep-Alive"])
removes("proxy-connection", "removes Proxy-Connection",
        [b"Proxy-Connection: keep-alive"], [b"Proxy-Connection"])
removes("upgrade-alone", "removes an Upgrade that Connection does not name",
        [b"Upgrade: echo"], [b"Upgrade"], "RFC 9110 7.8")
removes("http2-settings", "removes HTTP2-Settings that Connection names",
        [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
         b"HTTP2-Settings: AAMAAABkAAQAAP__"], [b"HTTP2-Settings"])


@case("hop-by-hop/te", "passes no TE but trailers", "RFC 9110 10.1.4")
def te(t):
    out = t.passed(request(b"GET / HTTP/1.1", b"TE: gzip, trailers;q=0.5",
                           b"Connection: TE"))
    got = out.requests[0]
    check(got.tokens(b"te") in ([], [b"trailers"]), "TE is %r",
          got.all(b"te"))


@case("hop-by-hop/te-trailers", "TE: trailers passes whole or not at all",
      "RFC 9110 10.1.4")
def te_trailers(t):
    out = t.passed(request(b"GET / HTTP/1.1", b"TE: trailers",
                           b"Connection: TE"))
    got = out.requests[0]
    check(got.tokens(b"te") in ([], [b"trailers"]), "TE is %r",
          got.all(b"te"))
    check(not got.has(b"te") or b"te" in got.tokens(b"connection"),
          "TE passed and Connection does not name it")


@case("hop-by-hop/nominated-host", "a Connection that names Host does not "
      "remove it", HOP)
def nominated_host(t):
    out = t.exchange(request(b"GET / HTTP/1.1", b"Connection: Host"))
    check(out.status in (200, 400), "status %s", out.status)
    for got in out.requests:
        check(got.all(b"host") == [b"a.example"], "Host is %r",
              got.all(b"host"))


@case("hop-by-hop/nominated-forwarded", "a Connection that names "
      "X-Forwarded-For hides no client", HOP)
def nominated_forwarded(t):
    out = t.passed(request(b"GET / HTTP/1.1", b"Connection: X-Forwarded-For",
                           b"X-Forwarded-For: 192.0.2.1"))
    check(b"127.0.0.1" in out.requests[0].tokens(b"x-forwarded-for"),
          "it is %r", out.requests[0].all(b"x-forwarded-for"))


def removes_response(name, sentence, fields, gone):
    def run(t):
        got = t.reply(response(b"HTTP/1.1 200 OK", *fields, b"X-Stays: 1"))
        for field in gone:
            check(not got.has(field), "%s reached the client: %r",
                  field.decode(), got.all(field))
            check(field == b"Keep-Alive" or
                  field.lower() not in got.tokens(b"connection"),
                  "Connection is %r", got.all(b"connection"))
        check(got.has(b"x-stays"), "it removed too much")
    add("hop-by-hop/" + name, sentence, HOP, run)


removes_response("response-nominated", "removes what the origin's Connection "
                 "names", [b"Connection: X-Hop, x-other", b"X-Hop: 1",
                           b"X-Other: 1"], [b"X-Hop", b"X-Other"])
removes_response("response-keep-alive", "removes the origin's Keep-Alive",
                 [b"Connection: keep-alive", b"Keep-Alive: timeout=77"],
                 [b"Keep-Alive"])
removes_response("response-proxy-connection", "removes the origin's "
                 "Proxy-Connection", [b"Proxy-Connection: keep-alive"],
                 [b"Proxy-Connection"])
removes_response("response-upgrade", "removes the origin's Upgrade",
                 [b"Upgrade: h2c", b"Connection: Upgrade"], [b"Upgrade"])


@case("hop-by-hop/response-nominated-length", "an origin's Connection that "
      "names Content-Length breaks no framing", HOP)
def response_nominated_length(t):
    got = t.reply(response(b"HTTP/1.1 200 OK",
                           b"Connection: Content-Length", body=b"hello"))
    check(got.body == b"hello", "the body is %r", got.body)


@case("hop-by-hop/response-nominated-coding", "an origin's Connection that "
      "names Transfer-Encoding breaks no framing", HOP)
def response_nominated_coding(t):
    got = t.reply(response(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked",
                           b"Connection: Transfer-Encoding", length=False,
                           body=chunked(b"hello")))
    check(got.body == b"hello", "the body is %r", got.body)


def via(name, sentence, line, fields, want):
    def run(t):
        out = t.passed(request(line, *fields))
        got = b", ".join(out.requests[0].all(b"via"))
        entries = [e.split() for e in got.split(b",") if e.strip()]
        check(len(entries) == want, "Via is %r", got)
        version = line.rpartition(b"/")[2]
        check(entries[-1][0] in (version, b"HTTP/" + version) and
              len(entries[-1]) >= 2, "the last entry is %r", entries[-1])
        for i, field in enumerate(fields):
            check(entries[i] == field.partition(b": ")[2].split(),
                  "entry %d is %r", i, entries[i])
    add("hop-by-hop/" + name, sentence, "RFC 9110 7.6.3", run)


via("via", "adds Via", b"GET / HTTP/1.1", [], 1)
via("via-1.0", "tells in Via that it received 1.0", b"GET / HTTP/1.0", [], 1)
via("via-appended", "appends to Via", b"GET / HTTP/1.1",
    [b"Via: 1.1 first", b"Via: 1.0 second (a/1)"], 3)


@case("hop-by-hop/forwarded-for", "sets X-Forwarded-For", "de facto")
def forwarded_for(t):
    got = t.passed(request()).requests[0]
    check(got.all(b"x-forwarded-for") == [b"127.0.0.1"], "it is %r",
          got.all(b"x-forwarded-for"))


@case("hop-by-hop/forwarded-for-appended", "appends to X-Forwarded-For",
      "de facto")
def forwarded_for_appended(t):
    got = t.passed(request(b"GET / HTTP/1.1", b"X-Forwarded-For: 192.0.2.1",
                           b"X-Forwarded-For: 192.0.2.2")).requests[0]
    check(got.tokens(b"x-forwarded-for") ==
          [b"192.0.2.1", b"192.0.2.2", b"127.0.0.1"], "it is %r",
          got.all(b"x-forwarded-for"))


@case("hop-by-hop/forwarded-proto", "sets X-Forwarded-Proto and -Host",
      "de facto")
def forwarded_proto(t):
    got = t.passed(request(host=b"a.example:81")).requests[0]
    check(got.all(b"x-forwarded-proto") == [b"http"], "-Proto is %r",
          got.all(b"x-forwarded-proto"))
    check(got.all(b"x-forwarded-host") == [b"a.example:81"], "-Host is %r",
          got.all(b"x-forwarded-host"))


@case("hop-by-hop/forwarded-proto-spoofed", "a client cannot set "
      "X-Forwarded-Proto twice", "de facto")
def forwarded_proto_spoofed(t):
    got = t.passed(request(b"GET / HTTP/1.1", b"X-Forwarded-Proto: https")
                   ).requests[0]
    check(len(got.all(b"x-forwarded-proto")) == 1, "it is %r",
          got.all(b"x-forwarded-proto"))


@case("hop-by-hop/request-1.0", "a 1.0 client's request goes on as 1.1 with "
      "its fields", "RFC 9110 2.5")
def request_10(t):
    out = t.passed(request(b"GET / HTTP/1.0", b"X-A: 1"), OK)
    got = out.requests[0]
    check(got.version == b"HTTP/1.1", "it is %r", got.version)
    check(got.all(b"x-a") == [b"1"], "X-A is %r", got.all(b"x-a"))
