"""CR and LF: one meaning for everybody, or none."""

from kit import add, check, request

ENDS = "RFC 9112 2.2"
SECOND = b"GET /evil HTTP/1.1\r\nHost: a.example\r\n\r\n"


def refuses(name, sentence, data):
    add("line-ends/" + name, sentence, ENDS, lambda t: t.refused(data))


refuses("cr-only", "a head of bare CRs is refused",
        b"GET / HTTP/1.1\rHost: a.example\r\r\r\n\r\n")
refuses("cr-request-line", "a bare CR ends no request line",
        b"GET / HTTP/1.1\rHost: a.example\r\n\r\n")
refuses("cr-at-end", "CR LF CR is no end of the head",
        b"GET / HTTP/1.1\r\nHost: a.example\r\n\rX: 1\r\n\r\n")
refuses("cr-cr-lf", "CR CR LF is refused",
        b"GET / HTTP/1.1\r\r\nHost: a.example\r\n\r\n")
refuses("cr-before-colon", "a bare CR in a name is refused",
        b"GET / HTTP/1.1\r\nHost: a.example\r\nX\rA: 1\r\n\r\n")


def same(name, sentence, data, want=1):
    """Refused or taken; if taken, every answer has one whole request."""
    def run(t):
        def sane(out):
            check(len(out.requests) == len(out.responses),
                  "%d requests at the origin, %d answers",
                  len(out.requests), len(out.responses))
            for got in out.requests:
                check(b"\n" not in got.raw.replace(b"\r\n", b""),
                      "the origin saw a bare LF: %r", got.raw)
                check(b"\r" not in got.raw.replace(b"\r\n", b""),
                      "the origin saw a bare CR: %r", got.raw)
        t.either(data, (400,), sane, want=want)
    add("line-ends/" + name, sentence, ENDS, run)


same("lf-only", "a head of bare LFs is refused or mended",
     b"GET / HTTP/1.1\nHost: a.example\nX-A: 1\n\n")
same("lf-request-line", "a bare LF after the request line is refused or "
     "mended", b"GET / HTTP/1.1\nHost: a.example\r\n\r\n")
same("lf-field", "a bare LF after a field is refused or mended",
     b"GET / HTTP/1.1\r\nHost: a.example\nX-A: 1\r\n\r\n")
same("lf-end", "an empty line of a bare LF is refused or mended",
     b"GET / HTTP/1.1\r\nHost: a.example\r\n\n")
same("lf-lf-smuggle", "LF LF hides no second request",
     b"GET / HTTP/1.1\r\nHost: a.example\r\nX-A: 1\n\n" + SECOND,
     want=2)
same("lf-trailer", "a bare LF in trailers hides nothing",
     request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked",
             body=b"0\r\nX-T: 1\n\r\n"))
