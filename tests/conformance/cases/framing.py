"""Where a request's body ends, and that nobody downstream can differ."""

from kit import OK, WAIT, add, case, check, request
from wire import chunked

FRAMING = "RFC 9112 6.3"
LENGTH = "RFC 9110 8.6"
CODING = "RFC 9112 6.1"
POST = b"POST /p HTTP/1.1"
EVIL = b"GET /evil HTTP/1.1\r\nHost: a.example\r\n\r\n"


def refuses(name, sentence, rfc, fields, codes=(400,), body=b"hello",
            line=POST):
    add("framing/" + name, sentence, rfc,
        lambda t: t.refused(request(line, *fields, body=body), codes))


for _name, _value in (
    ("plus", b"+5"), ("minus", b"-5"), ("letter", b"5a"), ("hex", b"0x5"),
    ("space", b"5 5"), ("empty", b""), ("point", b"5.0"),
    ("list-differs", b"5, 6"), ("overflow-64", b"18446744073709551621"),
    ("overflow-63", b"9223372036854775813"),
    ("overflow-100", b"9" * 100), ("comma", b"5,"), ("quoted", b'"5"'),
):
    refuses("length-" + _name, "refuses Content-Length: %s"
            % _value.decode()[:24], LENGTH,
            [b"Content-Length: " + _value], (400, 413))

refuses("length-differs", "refuses two different Content-Lengths", FRAMING,
        [b"Content-Length: 5", b"Content-Length: 6"])
refuses("length-space-name", "refuses a space before Content-Length's colon",
        "RFC 9112 5.1", [b"Content-Length : 5"])
for _name, _sentence, _fields in (
    ("coding-unknown", "refuses an unknown coding",
     [b"Transfer-Encoding: nonsense"]),
    ("coding-x-prefix", "refuses xchunked", [b"Transfer-Encoding: xchunked"]),
    ("coding-identity", "refuses identity", [b"Transfer-Encoding: identity"]),
    ("coding-twice", "refuses chunked twice",
     [b"Transfer-Encoding: chunked, chunked"]),
    ("coding-twice-lines", "refuses chunked twice in two fields",
     [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"]),
    ("coding-not-last", "refuses chunked that is not last",
     [b"Transfer-Encoding: chunked, gzip"]),
    ("coding-then-identity", "refuses chunked and then identity",
     [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"]),
    ("coding-empty", "refuses an empty Transfer-Encoding",
     [b"Transfer-Encoding:"]),
    ("coding-quoted", "refuses a quoted coding",
     [b'Transfer-Encoding: "chunked"']),
    ("coding-parameter", "refuses chunked with a parameter",
     [b"Transfer-Encoding: chunked;q=1"]),
    ("coding-vertical-tab", "refuses a vertical tab before chunked",
     [b"Transfer-Encoding: \x0bchunked"]),
    ("coding-junk", "refuses chunked with junk behind",
     [b"Transfer-Encoding: chunked foo"]),
    ("coding-space-name", "refuses a space before Transfer-Encoding's colon",
     [b"Transfer-Encoding : chunked"]),
):
    refuses(_name, _sentence, CODING, _fields, (400, 501),
            chunked(b"hello"))


def sends(name, sentence, rfc, line, fields, body, wire_body=None, **how):
    """The origin sees exactly this body, and the answer comes back."""
    def run(t):
        data = request(line, *fields,
                       body=body if wire_body is None else wire_body)
        out = t.passed(data, **how)
        check(out.requests[0].body == body, "the origin saw %r",
              out.requests[0].body[:100])
        check(out.status == 200, "status %s", out.status)
    add("framing/" + name, sentence, rfc, run)


BINARY = bytes(range(256)) * 40
sends("length", "passes a body with a length", FRAMING, POST,
      [b"Content-Length: %d" % len(BINARY)], BINARY)
sends("chunked", "passes a chunked body", FRAMING, POST,
      [b"Transfer-Encoding: chunked"], BINARY,
      chunked(BINARY[:1], BINARY[1:5000], BINARY[5000:]))
sends("chunked-case", "takes the name of a coding in any case", CODING, POST,
      [b"Transfer-Encoding: ChUnKeD"], b"hello", chunked(b"hello"))
sends("chunked-empty", "passes an empty chunked body", FRAMING, POST,
      [b"Transfer-Encoding: chunked"], b"", chunked())
sends("get-body", "passes a body on GET", "RFC 9110 9.3.1",
      b"GET / HTTP/1.1", [b"Content-Length: 5"], b"hello")
sends("get-chunked", "passes a chunked body on GET", "RFC 9110 9.3.1",
      b"GET / HTTP/1.1", [b"Transfer-Encoding: chunked"], b"hello",
      chunked(b"hello"))
sends("delete-body", "passes a body on DELETE", "RFC 9110 9.3.5",
      b"DELETE / HTTP/1.1", [b"Content-Length: 5"], b"hello")
sends("options-body", "passes a body on OPTIONS", "RFC 9110 9.3.7",
      b"OPTIONS / HTTP/1.1", [b"Content-Length: 5"], b"hello")
sends("unknown-body", "passes a body on an unknown method", FRAMING,
      b"BREW / HTTP/1.1", [b"Content-Length: 5"], b"hello")
sends("length-zero", "passes Content-Length: 0", FRAMING, POST,
      [b"Content-Length: 0"], b"")
sends("length-zeros", "takes leading zeros in Content-Length", LENGTH, POST,
      [b"Content-Length: 0005"], b"hello")
sends("body-1.0", "passes a body of a 1.0 request", FRAMING,
      b"POST / HTTP/1.0", [b"Content-Length: 5"], b"hello")
sends("large-length", "passes 8 MiB with a length", FRAMING, POST,
      [b"Content-Length: %d" % (8 << 20)], b"0123456789abcdef" * (1 << 19),
      timeout=3 * WAIT)
sends("large-chunked", "passes 8 MiB in chunks", FRAMING, POST,
      [b"Transfer-Encoding: chunked"], b"0123456789abcdef" * (1 << 19),
      chunked(*[b"0123456789abcdef" * (1 << 12)] * 128), timeout=3 * WAIT)
sends("nominated-length", "a Connection that names Content-Length breaks no "
      "framing", "RFC 9110 7.6.1", POST,
      [b"Content-Length: 5", b"Connection: Content-Length"], b"hello")
sends("nominated-coding", "a Connection that names Transfer-Encoding breaks "
      "no framing", "RFC 9110 7.6.1", POST,
      [b"Transfer-Encoding: chunked", b"Connection: transfer-encoding"],
      b"hello", chunked(b"hello"))


@case("framing/keeps-length", "keeps a Content-Length, as no other framing "
      "would", LENGTH)
def keeps_length(t):
    out = t.passed(request(POST, b"Content-Length: 5", body=b"hello"))
    check(out.requests[0].all(b"content-length") == [b"5"], "it is %r",
          out.requests[0].all(b"content-length"))


def equal_lengths(t, *fields):
    def sane(out):
        check(out.requests[0].all(b"content-length") == [b"5"] and
              out.requests[0].body == b"hello", "the origin saw %r",
              out.requests[0].raw)
    t.either(request(POST, *fields, body=b"hello"), (400,), sane)


@case("framing/length-equal", "refuses equal Content-Lengths or makes them "
      "one", FRAMING)
def length_equal(t):
    equal_lengths(t, b"Content-Length: 5", b"Content-Length: 5")


@case("framing/length-list-equal", "refuses a list of equal lengths or makes "
      "it one", FRAMING)
def length_list_equal(t):
    equal_lengths(t, b"Content-Length: 5, 5")


def both(name, fields):
    """Transfer-Encoding wins, Content-Length goes, the connection closes."""
    def run(t):
        def sane(out):
            check(len(out.requests) == 1, "%d requests reached the origin",
                  len(out.requests))
            check(out.requests[0].body == b"hello", "the body is %r",
                  out.requests[0].body)
            check(out.closed, "the connection stays open")
        t.either(request(POST, *fields, body=chunked(b"hello") + EVIL),
                 (400,), sane, until_close=True)
    add("framing/" + name, "refuses both framings, or removes Content-Length "
        "and closes", FRAMING, run)


both("both", [b"Content-Length: 6", b"Transfer-Encoding: chunked"])
both("both-other-order", [b"Transfer-Encoding: chunked",
                          b"Content-Length: 6"])


@case("framing/coding-gzip-chunked", "refuses gzip, chunked with 501 or "
      "passes it whole", CODING)
def gzip_chunked(t):
    def sane(out):
        got = out.requests[0]
        check(got.tokens(b"transfer-encoding") == [b"gzip", b"chunked"],
              "it became %r", got.all(b"transfer-encoding"))
    t.either(request(POST, b"Transfer-Encoding: gzip, chunked",
                     body=chunked(b"\x1f\x8b\x08")), (501, 400), sane)


@case("framing/coding-1.0", "refuses Transfer-Encoding in 1.0, or closes "
      "after it", CODING)
def coding_10(t):
    def sane(out):
        check(out.requests[0].body in (b"hello", b""), "the body is %r",
              out.requests[0].body)
        check(len(out.requests) == 1, "the body became a request")
        check(out.closed, "the connection stays open")
    t.either(request(b"POST / HTTP/1.0", b"Transfer-Encoding: chunked",
                     b"Connection: keep-alive",
                     body=chunked(b"hello") + EVIL), (400, 501), sane,
             until_close=True)


@case("framing/coding-folded", "a folded Transfer-Encoding hides no request",
      "RFC 9112 5.2")
def coding_folded(t):
    def sane(out):
        check(out.requests[0].body == b"hello", "the body is %r",
              out.requests[0].body)
        check(len(out.requests) == 1, "the body became a request")
    t.either(request(POST, b"Transfer-Encoding:\r\n chunked",
                     body=chunked(b"hello")), (400, 501), sane)


@case("framing/no-body", "without either field there is no body", FRAMING)
def no_body(t):
    out = t.passed(request(POST) + request(b"GET /2 HTTP/1.1"), want=2)
    check([r.target for r in out.requests] == [b"/p", b"/2"],
          "the origin saw %r", [r.start for r in out.requests])
    check(out.requests[0].body == b"", "a body came up")


@case("framing/no-body-post", "a POST without a length still tells the "
      "origin that it has no body", LENGTH)
def no_body_post(t):
    out = t.exchange(request(POST))
    check(out.status in (200, 411), "status %s", out.status)


def truncated(name, sentence, fields, body):
    def run(t):
        client = t.client()
        client.send(request(POST, *fields, body=body))
        upstream = t.accept()
        upstream.head()
        client.close()
        check(upstream.end(2), "the origin's connection stays open")
        check(not upstream.take(), "the origin saw a whole request")
    add("framing/" + name, sentence, "RFC 9112 8", run)


truncated("truncated-length", "a body cut short by the client is cut short "
          "for the origin", [b"Content-Length: 10"], b"hello")
truncated("truncated-chunked", "a chunked body cut short gets no last chunk",
          [b"Transfer-Encoding: chunked"], chunked(b"hello", last=False))


@case("framing/streams", "a body passes on before it is complete", FRAMING)
def streams(t):
    client = t.client()
    client.send(request(POST, b"Content-Length: 10", body=b"hello"))
    upstream = t.accept()
    upstream.until(b"hello")
    client.send(b"world")
    upstream.until(b"world")
    upstream.send(OK)
    check(client.response().status == 200, "no 200")


@case("framing/streams-chunked", "chunks pass on as they come",
      "RFC 9112 7.1")
def streams_chunked(t):
    client = t.client()
    client.send(request(POST, b"Transfer-Encoding: chunked",
                        body=chunked(b"hello", last=False)))
    upstream = t.accept()
    upstream.until(b"hello")
    client.send(chunked(b"world"))
    check(upstream_body(upstream) == b"helloworld", "the body differs")
    upstream.send(OK)
    check(client.response().status == 200, "no 200")


def upstream_body(upstream):
    upstream.pos = 0
    return upstream.request().body
