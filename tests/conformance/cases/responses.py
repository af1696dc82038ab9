"""What the origin says, and what of it may reach the client."""

import re

from kit import GET, OK, End, add, case, check, request, response
from wire import chunked

FRAMING = "RFC 9112 6.3"
STATUS = "RFC 9112 4"


def bodyless(name, sentence, answer, status, line=b"GET / HTTP/1.1"):
    """The next answer on the connection is found where it should be."""
    def run(t):
        method = line.partition(b" ")[0]
        client = t.client()
        out = t.exchange(request(line) + GET, [answer, OK], want=2,
                         client=client, methods=(method, b"GET"))
        check([r.status for r in out.responses] == [status, 200],
              "the answers are %r", [r.status for r in out.responses])
        check(out.responses[0].body == b"" and
              out.responses[1].body == b"ok", "the bodies are wrong")
    add("responses/" + name, sentence, FRAMING, run)


HEAD = b"HEAD / HTTP/1.1"
bodyless("head-length", "HEAD with Content-Length has no body",
         b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 200, HEAD)
bodyless("head-chunked", "HEAD with Transfer-Encoding has no body",
         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, HEAD)
bodyless("head-neither", "HEAD without either has no body",
         b"HTTP/1.1 200 OK\r\n\r\n", 200, HEAD)
bodyless("204", "204 has no body", b"HTTP/1.1 204 No Content\r\n\r\n", 204)
bodyless("204-length", "204 with Content-Length has no body",
         b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204)
bodyless("204-chunked", "204 with Transfer-Encoding has no body",
         b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
         204)
bodyless("304", "304 has no body", b"HTTP/1.1 304 Not Modified\r\n\r\n", 304)
bodyless("304-length", "304 with Content-Length has no body",
         b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", 304)
bodyless("304-chunked", "304 with Transfer-Encoding has no body",
         b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
         304)
bodyless("205", "205 with Content-Length: 0 passes",
         b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", 205)
bodyless("length-zero", "200 with Content-Length: 0 passes",
         b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200)


@case("responses/head-keeps-length", "HEAD keeps the Content-Length of the "
      "GET", "RFC 9110 9.3.2")
def head_keeps_length(t):
    got = t.reply(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", HEAD)
    check(got.all(b"content-length") == [b"1234"], "it is %r",
          got.all(b"content-length"))


def excess(name, sentence, first):
    """Nothing behind a message reaches this or another client."""
    def run(t):
        client = t.client()
        out = t.exchange(GET, [first, OK], client=client)
        check(out.responses, "no answer")
        again = t.exchange(GET, client=t.client() if client.ended
                           else client)
        check(again.status == 200 and again.responses[0].body == b"ok",
              "the next answer is %s", again.responses and
              again.responses[0].raw)
        check(len(t.upstreams) == 2, "the origin's connection was used again")
    add("responses/" + name, sentence, FRAMING, run)


POISON = b"HTTP/1.1 201 Poison\r\nContent-Length: 6\r\n\r\npoison"
excess("excess-length", "bytes behind a body are dropped with the connection",
       OK + POISON)
excess("excess-204", "a body behind 204 is dropped with the connection",
       b"HTTP/1.1 204 No Content\r\n\r\n" + POISON)
excess("excess-304", "a body behind 304 is dropped with the connection",
       b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello")
excess("excess-chunked", "bytes behind the last chunk are dropped with the "
       "connection", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       + chunked(b"ok") + POISON)


@case("responses/excess-head", "a body behind HEAD is dropped with the "
      "connection", FRAMING)
def excess_head(t):
    client = t.client()
    t.exchange(request(HEAD), OK, methods=(b"HEAD",), client=client)
    out = t.exchange(GET, client=t.client() if client.ended else client)
    check(out.status == 200 and out.responses[0].body == b"ok",
          "the next answer is %r", bytes(t.clients[0].buf[-100:]))


def arrives(name, sentence, answer, body, rfc=FRAMING, **how):
    def run(t):
        got = t.reply(answer, **how)
        check(got.status == 200, "status %s", got.status)
        check(got.body == body, "the body is %r", got.body[:100])
    add("responses/" + name, sentence, rfc, run)


BINARY = bytes(range(256)) * 300
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
arrives("length", "a body with a length arrives", response(body=BINARY),
        BINARY)
arrives("chunked", "a chunked body arrives", CHUNKED +
        chunked(BINARY[:10], BINARY[10:50000], BINARY[50000:]), BINARY)
arrives("close", "a body that ends with the connection arrives",
        End(b"HTTP/1.1 200 OK\r\n\r\n" + BINARY), BINARY, until_close=True,
        timeout=1)
arrives("close-1.0", "a 1.0 response that ends with the connection arrives",
        End(b"HTTP/1.0 200 OK\r\n\r\n" + BINARY), BINARY, until_close=True,
        timeout=1)
arrives("1.0-length", "a 1.0 response with a length arrives",
        End(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"), b"hello")
arrives("chunked-extension", "extensions are taken", CHUNKED +
        b"5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n", b"hello", "RFC 9112 7.1.1")
arrives("length-zeros", "leading zeros in Content-Length are taken",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0005\r\n\r\nhello", b"hello")
arrives("large-length", "8 MiB with a length arrive",
        response(body=BINARY[:65536] * 128), BINARY[:65536] * 128)
arrives("large-chunked", "8 MiB in chunks arrive", CHUNKED +
        chunked(*[BINARY[:65536]] * 128), BINARY[:65536] * 128)
arrives("fields-1.0-client", "a chunked body reaches a 1.0 client without "
        "chunks", CHUNKED + chunked(b"hello", b"world"), b"helloworld",
        "RFC 9112 6.1", line=b"GET / HTTP/1.0")
arrives("close-1.0-client", "a body that ends with the connection reaches a "
        "1.0 client", End(b"HTTP/1.1 200 OK\r\n\r\nhello"), b"hello",
        line=b"GET / HTTP/1.0")


@case("responses/1.0-client-framing", "a 1.0 client gets no "
      "Transfer-Encoding", "RFC 9112 6.1")
def framing_10(t):
    got = t.reply(CHUNKED + chunked(b"hello"), b"GET / HTTP/1.0")
    check(not got.has(b"transfer-encoding"), "it gets %r",
          got.all(b"transfer-encoding"))


@case("responses/trailers", "trailers of a response stay trailers or go",
      "RFC 9110 6.5")
def trailers(t):
    got = t.reply(CHUNKED + chunked(b"hello", trailers=b"X-Sum: 1\r\n"),
                  fields=(b"TE: trailers", b"Connection: TE"))
    check(got.body == b"hello", "the body is %r", got.body)
    check(not got.has(b"x-sum"), "they became header fields")
    check([(n.lower(), v) for n, v in got.trailers] in
          ([], [(b"x-sum", b"1")]), "they are %r", got.trailers)


@case("responses/streams", "a body passes on before it is complete", FRAMING)
def streams(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    client.until(b"hello")
    upstream.send(b"world")
    client.until(b"world")


@case("responses/head-streams", "a head passes on before its body comes",
      FRAMING)
def head_streams(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(CHUNKED)
    check(client.head().status == 200, "no head")
    upstream.send(chunked(b"ok"))
    check(client.response().body == b"ok", "no body")


def cut(name, sentence, answer, line=b"GET / HTTP/1.1", reset=False):
    """The client can tell that the message is not whole."""
    def run(t):
        out = t.exchange(request(line), End(answer, reset), until_close=True)
        if out.responses and out.status == 502:
            return
        check(not out.responses, "it looks complete: %r",
              out.responses and out.responses[0].raw[-100:])
        check(out.closed, "the connection stays open")
    add("responses/" + name, sentence, "RFC 9112 8", run)


cut("cut-length", "a body cut short is cut short",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
cut("cut-length-1.0", "a body cut short is cut short for a 1.0 client",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", b"GET / HTTP/1.0")
cut("cut-chunked", "a chunked body cut short gets no last chunk",
    CHUNKED + chunked(b"hello", last=False))
cut("cut-in-chunk", "a chunk cut short gets no last chunk",
    CHUNKED + b"a\r\nhello")
cut("cut-last-chunk", "a last chunk without its end is no end",
    CHUNKED + chunked(b"hello", last=False) + b"0\r\n")
cut("cut-reset", "a reset by the origin is no end",
    CHUNKED + chunked(b"hello", last=False), reset=True)
cut("cut-at-once", "a body of which nothing came is cut short",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
for _name, _sentence, _bytes in (
    ("size", "a size that is no number", b"zz\r\nhello\r\n0\r\n\r\n"),
    ("minus", "a negative size", b"-5\r\nhello\r\n0\r\n\r\n"),
    ("overflow", "a size that overflows",
     b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
    ("no-crlf", "data without CRLF behind", b"5\r\nhelloX0\r\n\r\n"),
    ("missing", "a missing size", b"\r\nhello\r\n0\r\n\r\n"),
):
    cut("chunk-" + _name, _sentence + " aborts the response",
        CHUNKED + chunked(b"first", last=False) + _bytes)


def bad(name, sentence, answer, rfc=STATUS):
    """502, and the origin's words do not get through."""
    def run(t):
        out = t.exchange(GET, End(answer))
        check(out.status == 502, "status %s", out.status)
        check(b"secret" not in out.responses[0].raw, "it passed it on")
    add("responses/" + name, sentence, rfc, run)


TAIL = b"\r\nContent-Length: 6\r\n\r\nsecret"
for _name, _sentence, _line in (
    ("status-letters", "a status of letters", b"HTTP/1.1 abc OK"),
    ("status-two", "a status of two digits", b"HTTP/1.1 20 OK"),
    ("status-four", "a status of four digits", b"HTTP/1.1 2000 OK"),
    ("status-sign", "a status with a sign", b"HTTP/1.1 +20 OK"),
    ("status-zero", "a status below 100", b"HTTP/1.1 099 OK"),
    ("status-none", "no status", b"HTTP/1.1  OK"),
    ("status-name", "another protocol's name", b"HTP/1.1 200 OK"),
    ("status-icy", "ICY", b"ICY 200 OK"),
    ("status-glued", "no space before the status", b"HTTP/1.1200 OK"),
    ("status-version", "a version without minor", b"HTTP/1 200 OK"),
    ("status-space", "a space before the version", b" HTTP/1.1 200 OK"),
    ("status-lower", "a lower-case protocol", b"http/1.1 200 OK"),
    ("status-nul", "NUL in the reason", b"HTTP/1.1 200 O\0K"),
):
    bad(_name, _sentence + " is 502", _line + TAIL)
bad("status-2.0", "HTTP/2.0 in a status line is 502",
    b"HTTP/2.0 200 OK" + TAIL)
for _name, _sentence, _fields in (
    ("length-letters", "Content-Length of letters", b"Content-Length: abc"),
    ("length-minus", "a negative Content-Length", b"Content-Length: -1"),
    ("length-plus", "Content-Length with a plus", b"Content-Length: +6"),
    ("length-differs", "two different lengths",
     b"Content-Length: 6\r\nContent-Length: 7"),
    ("length-list", "a list of different lengths", b"Content-Length: 6, 7"),
    ("length-overflow", "a length that overflows",
     b"Content-Length: 18446744073709551622"),
    ("coding-unknown", "an unknown coding before chunked",
     b"Transfer-Encoding: nonsense, chunked"),
    ("coding-twice", "chunked twice",
     b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
):
    bad(_name, _sentence + " is 502",
        b"HTTP/1.1 200 OK\r\n" + _fields + b"\r\n\r\nsecret", FRAMING)
for _name, _sentence, _field in (
    ("field-nul", "NUL in a value", b"X-A: a\0b"),
    ("field-no-colon", "a line without colon", b"nonsense"),
    ("field-name", "a name that is no token", b"X(A): 1"),
    ("field-name-empty", "an empty name", b": 1"),
    ("field-name-space", "a space in a name", b"X A: 1"),
):
    bad(_name, _sentence + " is 502", b"HTTP/1.1 200 OK\r\n" + _field + TAIL,
        "RFC 9110 5.5")


def bad_or(name, sentence, answer, sane, rfc=FRAMING):
    def run(t):
        out = t.exchange(GET, End(answer))
        if out.status != 502:
            check(out.responses, "no whole answer")
            sane(out.responses[0])
    add("responses/" + name, sentence, rfc, run)


def same_body(got):
    check(got.body == b"secret", "the body is %r", got.body)


bad_or("length-equal", "equal lengths are refused or become one",
       b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 6\r\n\r\n"
       b"secret", same_body)
bad_or("length-list-equal", "a list of equal lengths is refused or becomes "
       "one", b"HTTP/1.1 200 OK\r\nContent-Length: 6, 6\r\n\r\nsecret",
       same_body)
bad_or("both", "with both framings it is refused or Content-Length goes",
       b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"
       b"\r\n\r\n" + chunked(b"secret"), same_body)
bad_or("coding-1.0", "Transfer-Encoding in a 1.0 response is refused or taken",
       b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
       chunked(b"secret"),
       lambda got: check(got.body in (b"secret", chunked(b"secret")),
                         "the body is %r", got.body))
bad_or("field-space-colon", "a space before a colon is refused or removed",
       b"HTTP/1.1 200 OK\r\nX-A : 1" + TAIL,
       lambda got: check(got.all(b"x-a") in ([b"1"], []), "X-A is %r",
                         got.all(b"x-a")), "RFC 9112 5.1")
bad_or("field-fold", "a folded line is refused or unfolded",
       b"HTTP/1.1 200 OK\r\nX-A: one\r\n two" + TAIL,
       lambda got: check(got.get(b"x-a").split() == [b"one", b"two"],
                         "X-A is %r", got.all(b"x-a")), "RFC 9112 5.2")
bad_or("field-cr", "a bare CR in a value is refused or made a space",
       b"HTTP/1.1 200 OK\r\nX-A: one\rX-B: two" + TAIL,
       lambda got: check(b"\r" not in got.raw.replace(b"\r\n", b"") and
                         not got.has(b"x-b"), "it is %r", got.raw),
       "RFC 9110 5.5")
bad_or("no-reason", "a status line that ends behind the code is refused or "
       "mended", b"HTTP/1.1 200" + TAIL, same_body, STATUS)
bad_or("lf", "a head of bare LFs is refused or mended",
       b"HTTP/1.1 200 OK\nContent-Length: 6\n\nsecret", same_body,
       "RFC 9112 2.2")


def passes(name, sentence, line, status, reason):
    def run(t):
        got = t.reply(line + b"\r\nContent-Length: 2\r\n\r\nok")
        check(got.status == status, "status %s", got.status)
        check(got.reason == reason, "the reason is %r", got.reason)
        check(got.body == b"ok", "the body is %r", got.body)
    add("responses/" + name, sentence, STATUS, run)


passes("reason", "the reason passes", b"HTTP/1.1 200 Quite All Right", 200,
       b"Quite All Right")
passes("reason-empty", "an empty reason passes", b"HTTP/1.1 200 ", 200, b"")
passes("reason-obs-text", "a reason above ASCII passes",
       b"HTTP/1.1 404 Pas trouv\xe9", 404, b"Pas trouv\xe9")
for _code in (299, 418, 499, 599, 799, 999):
    passes("code-%d" % _code, "%d passes" % _code,
           b"HTTP/1.1 %d Odd" % _code, _code, b"Odd")


@case("responses/date-added", "Date is added when it is missing",
      "RFC 9110 6.6.1")
def date_added(t):
    got = t.reply(OK).all(b"date")
    check(len(got) == 1 and re.fullmatch(
        rb"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} "
        rb"\d\d:\d\d:\d\d GMT", got[0]), "Date is %r", got)


@case("responses/date-kept", "Date is kept", "RFC 9110 6.6.1")
def date_kept(t):
    date = b"Wed, 21 Oct 2015 07:28:00 GMT"
    got = t.reply(response(b"HTTP/1.1 200 OK", b"Date: " + date))
    check(got.all(b"date") == [date], "Date is %r", got.all(b"date"))


@case("responses/version", "a 1.0 response is passed on as 1.1",
      "RFC 9110 2.5")
def version(t):
    got = t.reply(End(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    check(got.version == b"HTTP/1.1", "it is %r", got.version)


@case("responses/bytewise", "a response byte by byte arrives", FRAMING)
def bytewise(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send_slowly(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: "
                         b"chunked\r\n\r\n" + chunked(b"hello", b"w"))
    got = client.response()
    check(got.body == b"hellow" and got.all(b"x-a") == [b"1"], "it is %r",
          got.raw)


@case("responses/own-body", "an answer of the proxy's own is whole",
      "RFC 9110 15.6.3")
def own_body(t):
    client = t.client()
    out = t.exchange(GET, [End(), End(), End(), End()], client=client)
    check(out.status == 502, "status %s", out.status)
    check(out.responses[0].complete and out.responses[0].has(b"date"),
          "it is %r", out.responses[0].raw)


@case("responses/own-head", "an answer of the proxy's own to HEAD has no "
      "body", "RFC 9110 9.3.2")
def own_head(t):
    client = t.client()
    out = t.exchange(request(HEAD, b"Connection: close"),
                     [End(), End(), End(), End()], client=client,
                     methods=(b"HEAD",), until_close=True)
    check(out.status == 502, "status %s", out.status)
    check(len(client.buf) == client.pos, "a body follows: %r",
          bytes(client.buf[client.pos:][:100]))
