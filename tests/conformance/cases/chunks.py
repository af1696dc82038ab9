"""Chunked request bodies: what is refused never was a whole request."""

from kit import add, case, check, request
from wire import chunked

CHUNK = "RFC 9112 7.1"
HEAD = request(b"POST /c HTTP/1.1", b"Transfer-Encoding: chunked")
END = b"0\r\n\r\n"

for _name, _sentence, _body in (
    ("size-missing", "refuses a missing size", b"\r\nhello\r\n" + END),
    ("size-letter", "refuses a size that is no number",
     b"g\r\nhello\r\n" + END),
    ("size-minus", "refuses a negative size", b"-5\r\nhello\r\n" + END),
    ("size-plus", "refuses a size with a plus", b"+5\r\nhello\r\n" + END),
    ("size-0x", "refuses a size with 0x", b"0x5\r\nhello\r\n" + END),
    ("size-underscore", "refuses a size with an underscore",
     b"0_5\r\nhello\r\n" + END),
    ("size-overflow", "refuses a size of 17 digits",
     b"FFFFFFFFFFFFFFFFF\r\nhello\r\n" + END),
    ("size-wraps", "refuses a size that would wrap to 5",
     b"10000000000000005\r\nhello\r\n" + END),
    ("size-space-before", "refuses a space before a size",
     b" 5\r\nhello\r\n" + END),
    ("size-space-inside", "refuses a space in a size",
     b"5 5\r\nhello\r\n" + END),
    ("size-nul", "refuses NUL behind a size", b"5\0\r\nhello\r\n" + END),
    ("size-cr", "refuses a bare CR behind a size", b"5\rhello\r\n" + END),
    ("size-cr-cr", "refuses CR CR LF behind a size",
     b"5\r\r\nhello\r\n" + END),
    ("data-longer", "refuses data longer than its size",
     b"5\r\nhelloX\r\n" + END),
    ("data-shorter", "refuses data shorter than its size",
     b"6\r\nhello\r\n" + END),
    ("data-no-crlf", "refuses data without CRLF behind",
     b"5\r\nhello" + END),
    ("data-cr", "refuses data with a bare CR behind",
     b"5\r\nhello\r" + END),
    ("second-bad", "refuses a bad size after a good chunk",
     b"5\r\nhello\r\nzz\r\n" + END),
    ("extension-nul", "refuses NUL in an extension",
     b"5;a=\0\r\nhello\r\n" + END),
):
    add("chunks/" + _name, _sentence, CHUNK,
        lambda t, body=_body: t.refused(HEAD + body))

add("chunks/extension-endless", "bounds an extension", "RFC 9112 7.1.1",
    lambda t: t.refused(HEAD + b"5;" + b"x" * (1 << 20), (400, 413, 431)))
add("chunks/trailers-endless", "bounds the trailers", "RFC 9112 7.1.2",
    lambda t: t.refused(HEAD + b"5\r\nhello\r\n0\r\n" +
                        b"X-T: 0123456789\r\n" * 60000, (400, 413, 431)))
add("chunks/size-endless", "bounds the digits of a size", CHUNK,
    lambda t: t.refused(HEAD + b"0" * (1 << 20), (400, 413, 431)))


def takes(name, sentence, body, data=b"hello", rfc=CHUNK):
    def run(t):
        out = t.passed(HEAD + body)
        check(out.requests[0].body == data, "the origin saw %r",
              out.requests[0].body[:100])
        check(out.status == 200, "status %s", out.status)
    add("chunks/" + name, sentence, rfc, run)


takes("upper-case", "takes upper-case digits",
      b"A\r\n0123456789\r\n" + END, b"0123456789")
takes("lower-case", "takes lower-case digits",
      b"a\r\n0123456789\r\n" + END, b"0123456789")
takes("leading-zeros", "takes a few leading zeros",
      b"0005\r\nhello\r\n000\r\n\r\n")
takes("single-bytes", "takes chunks of one byte",
      chunked(*[b"%d" % (i % 10) for i in range(500)]),
      b"".join(b"%d" % (i % 10) for i in range(500)))


def lenient(name, sentence, body, rfc=CHUNK, codes=(400,)):
    """Refused, or understood as the only thing it can mean."""
    def run(t):
        def sane(out):
            check(out.requests[0].body == b"hello", "the origin saw %r",
                  out.requests[0].body[:100])
            check(len(out.requests) == 1, "%d requests", len(out.requests))
        t.either(HEAD + body, codes, sane)
    add("chunks/" + name, sentence, rfc, run)


lenient("size-lf", "refuses or mends a bare LF behind a size",
        b"5\nhello\r\n" + END)
lenient("data-lf", "refuses or mends a bare LF behind data",
        b"5\r\nhello\n" + END)
lenient("end-lf", "refuses or mends bare LFs at the end",
        b"5\r\nhello\r\n0\n\n")
lenient("size-space-behind", "refuses or drops a space behind a size",
        b"5 \r\nhello\r\n" + END)
lenient("many-zeros", "bounds leading zeros or takes them",
        b"0" * 30 + b"5\r\nhello\r\n" + END)
lenient("trailer-bad", "refuses or drops a trailer that is no field",
        b"5\r\nhello\r\n0\r\nno colon here\r\n\r\n")
lenient("trailer-space", "refuses or drops a trailer with a space before its "
        "colon", b"5\r\nhello\r\n0\r\nX-T : 1\r\n\r\n")
lenient("extension-big", "bounds 1 MiB of small extensions or drops them",
        b"".join(b"1;%s\r\n%c\r\n" % (b"e" * 200, c) for c in b"hello") +
        END, "RFC 9112 7.1.1", (400, 413))


@case("chunks/extension-dropped", "takes and drops extensions",
      "RFC 9112 7.1.1")
def extension_dropped(t):
    out = t.passed(HEAD + b'5;name=value;quoted="a b"\r\nhello\r\n0;last\r\n'
                   b"\r\n")
    check(out.requests[0].body == b"hello", "the origin saw %r",
          out.requests[0].body)
    check(not out.requests[0].extensions, "they were forwarded: %r",
          out.requests[0].extensions)


@case("chunks/trailers", "forwards trailers as trailers or drops them",
      "RFC 9110 6.5.1")
def trailers(t):
    out = t.passed(HEAD + chunked(b"hello", trailers=b"X-Sum: 1\r\n"))
    got = out.requests[0]
    check(not got.has(b"x-sum"), "it became a header field")
    check(got.body == b"hello", "the origin saw %r", got.body)
    check(got.trailers in ([], [(b"X-Sum", b"1")], [(b"x-sum", b"1")]),
          "the trailers are %r", got.trailers)


@case("chunks/trailers-forbidden", "never merges framing or routing fields "
      "from trailers", "RFC 9110 6.5.1")
def trailers_forbidden(t):
    body = chunked(b"hello", trailers=b"Content-Length: 3\r\nHost: evil\r\n"
                   b"Transfer-Encoding: gzip\r\nAuthorization: x\r\n")

    def sane(out):
        got = out.requests[0]
        check(got.all(b"host") == [b"a.example"], "Host is %r",
              got.all(b"host"))
        check(not got.has(b"authorization"), "Authorization was merged")
        check(got.body == b"hello", "the origin saw %r", got.body)
    t.either(HEAD + body, (400,), sane)


@case("chunks/pipelined-behind", "a request behind the last chunk is the "
      "next request", CHUNK)
def pipelined_behind(t):
    out = t.passed(HEAD + chunked(b"hello") + request(b"GET /2 HTTP/1.1"),
                   want=2)
    check([r.target for r in out.requests] == [b"/c", b"/2"],
          "the origin saw %r", [r.start for r in out.requests])
    check(len(out.responses) == 2, "%d responses", len(out.responses))


@case("chunks/no-final-crlf", "a last chunk without the final CRLF is no end",
      CHUNK)
def no_final_crlf(t):
    client = t.client()
    client.send(HEAD + b"5\r\nhello\r\n0\r\n")
    upstream = t.accept()
    upstream.until(b"hello")
    client.reset()
    upstream.end(2)
    upstream.pos = 0
    check(not upstream.take(), "the origin saw a whole request")
