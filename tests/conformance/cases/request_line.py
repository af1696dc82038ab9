"""The request line: forms, methods, versions."""

from kit import OK, add, case, check, request

LINE = "RFC 9112 3"
TARGET = "RFC 9112 3.2"


def refuses(name, sentence, rfc, line, codes=(400,)):
    add("request-line/" + name, sentence, rfc,
        lambda t: t.refused(request(line), codes))


for _name, _sentence, _rfc, _line, _codes in (
    ("target-empty", "refuses an empty target", TARGET,
     b"GET  HTTP/1.1", (400,)),
    ("target-relative", "refuses a target without a leading slash", TARGET,
     b"GET foo HTTP/1.1", (400,)),
    ("target-asterisk-get", "refuses * for GET", "RFC 9112 3.2.4",
     b"GET * HTTP/1.1", (400,)),
    ("target-space", "refuses a space in the target", TARGET,
     b"GET /a b HTTP/1.1", (400,)),
    ("target-tab", "refuses a tab in the target", TARGET,
     b"GET /a\tb HTTP/1.1", (400,)),
    ("target-nul", "refuses NUL in the target", TARGET,
     b"GET /a\0b HTTP/1.1", (400,)),
    ("target-control", "refuses a control in the target", TARGET,
     b"GET /a\x01b HTTP/1.1", (400,)),
    ("target-del", "refuses DEL in the target", TARGET,
     b"GET /a\x7fb HTTP/1.1", (400,)),
    ("target-bare-cr", "refuses a bare CR in the target", "RFC 9112 2.2",
     b"GET /a\rb HTTP/1.1", (400,)),
    ("method-invalid", "refuses a method that is no token", "RFC 9110 9.1",
     b"GE(T / HTTP/1.1", (400,)),
    ("method-empty", "refuses an empty method", LINE,
     b" / HTTP/1.1", (400,)),
    ("version-2.0", "answers 505 to HTTP/2.0", "RFC 9110 15.6.6",
     b"GET / HTTP/2.0", (505,)),
    ("version-3.7", "answers 505 to HTTP/3.7", "RFC 9110 15.6.6",
     b"GET / HTTP/3.7", (505,)),
    ("version-two-digits", "refuses HTTP/1.10", "RFC 9112 2.3",
     b"GET / HTTP/1.10", (400, 505)),
    ("version-leading-zero", "refuses HTTP/01.1", "RFC 9112 2.3",
     b"GET / HTTP/01.1", (400, 505)),
    ("version-no-minor", "refuses HTTP/1", "RFC 9112 2.3",
     b"GET / HTTP/1", (400, 505)),
    ("version-dot", "refuses HTTP/1.", "RFC 9112 2.3",
     b"GET / HTTP/1.", (400, 505)),
    ("version-lower-case", "refuses http/1.1", "RFC 9112 2.3",
     b"GET / http/1.1", (400, 505)),
    ("version-junk", "refuses HTTP/1.1x", "RFC 9112 2.3",
     b"GET / HTTP/1.1x", (400, 505)),
    ("version-other-name", "refuses HTTPS/1.1", "RFC 9112 2.3",
     b"GET / HTTPS/1.1", (400, 505)),
    ("version-rtsp", "refuses RTSP/1.0", "RFC 9112 2.3",
     b"DESCRIBE / RTSP/1.0", (400, 405, 501, 505)),
    ("version-ice", "refuses ICE/1.0", "RFC 9112 2.3",
     b"SOURCE / ICE/1.0", (400, 405, 501, 505)),
    ("too-long", "answers 414 to a target of 1 MiB", "RFC 9110 15.5.15",
     b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1", (414,)),
    ("connect", "refuses CONNECT", "RFC 9110 9.3.6",
     b"CONNECT a.example:443 HTTP/1.1", (400, 403, 405, 501)),
    ("connect-origin-form", "refuses CONNECT with a path", "RFC 9112 3.2.3",
     b"CONNECT / HTTP/1.1", (400, 403, 405, 501)),
    ("absolute-bad-authority", "refuses an absolute target with a bad port",
     "RFC 9112 3.2.2", b"GET http://a.example:8x/ HTTP/1.1", (400,)),
    ("absolute-empty-authority", "refuses an absolute target without a host",
     "RFC 9110 4.2.1", b"GET http:///x HTTP/1.1", (400,)),
):
    refuses(_name, _sentence, _rfc, _line, _codes)


@case("request-line/http-0.9", "refuses a request line without version",
      "RFC 9112 3")
def http_09(t):
    t.refused(b"GET /\r\n\r\n", (400, 505))


@case("request-line/preface", "does not take an HTTP/2 preface for a request",
      "RFC 9113 3.4")
def preface(t):
    client = t.client()
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    client.wait(lambda: len(client.buf) > 11 or client.ended, "answer")
    settings = client.buf[:1] == b"\0" and client.buf[3:4] == b"\4"
    check(settings or client.buf[9:12] in (b"400", b"505"),
          "answered %r", bytes(client.buf[:60]))
    check(not t.pending(), "it opened a connection to the origin")


def keeps(name, sentence, target):
    def run(t):
        out = t.passed(request(b"GET " + target + b" HTTP/1.1"))
        check(out.requests[0].target == target, "the origin saw %r",
              out.requests[0].target)
        check(out.status == 200, "status %s", out.status)
    add("request-line/" + name, sentence, "RFC 9112 3.2.1", run)


keeps("origin-form", "passes origin-form", b"/a/b?c=d&e=f")
keeps("keeps-dots", "keeps dot segments", b"/a/./b/../c/..")
keeps("keeps-slashes", "keeps repeated slashes", b"//double///slash//")
keeps("keeps-escapes", "keeps percent escapes as they are",
      b"/a/b/%2F%2e/%7euser/%41?%3f=%26")
keeps("keeps-parameters", "keeps path parameters", b"/a;b=c;d/e;;?f;g")
keeps("keeps-empty-query", "keeps an empty query", b"/x?")
keeps("keeps-questions", "keeps question marks in the query", b"/x??a=?b/?")
keeps("keeps-sub-delims", "keeps every other character of a path",
      b"/!$&'()*+,;=:@-._~?/:@")
keeps("long-target", "passes a target of 8,000 bytes", b"/" + b"a" * 7999)


def keeps_or_refuses(name, sentence, target):
    def run(t):
        t.either(request(b"GET " + target + b" HTTP/1.1"), (400,),
                 lambda out: check(out.requests[0].target == target,
                                   "the origin saw %r",
                                   out.requests[0].target))
    add("request-line/" + name, sentence, "RFC 9112 3.2", run)


keeps_or_refuses("high-bytes", "refuses or keeps bytes above 127",
                 b"/caf\xc3\xa9\xff")
keeps_or_refuses("bad-escape", "refuses or keeps a broken escape",
                 b"/a%zz%2")
keeps_or_refuses("unwise", "refuses or keeps characters that a URI may not "
                 "hold", b"/a\"<>\\^`{|}")


@case("request-line/between", "passes or refuses 20,000 bytes of target",
      "RFC 9112 3")
def between(t):
    target = b"/" + b"b" * 19999
    t.either(request(b"GET " + target + b" HTTP/1.1"), (414,),
             lambda out: check(out.requests[0].target == target, "changed"))


def absolute(name, sentence, target, host, path, rfc="RFC 9112 3.2.2"):
    def run(t):
        out = t.passed(request(b"GET " + target + b" HTTP/1.1",
                               host=b"ignored.example"))
        got = out.requests[0]
        check(got.all(b"host") == [host], "Host is %r", got.all(b"host"))
        check(got.target in (path, target), "the target is %r", got.target)
    add("request-line/" + name, sentence, rfc, run)


absolute("absolute-form", "replaces Host by the authority of absolute-form",
         b"http://b.example/x?y", b"b.example", b"/x?y")
absolute("absolute-port", "keeps the port of absolute-form",
         b"http://b.example:8081/x", b"b.example:8081", b"/x")
absolute("absolute-no-path", "makes / of an absolute target without path",
         b"http://b.example", b"b.example", b"/", "RFC 9112 3.2.1")
absolute("absolute-query", "makes /?q of an absolute target with a query only",
         b"http://b.example?q=1", b"b.example", b"/?q=1", "RFC 9112 3.2.1")
absolute("absolute-scheme-case", "takes the scheme in any case",
         b"HTTP://b.example/x", b"b.example", b"/x", "RFC 3986 3.1")


@case("request-line/absolute-userinfo",
      "refuses or removes user information", "RFC 9110 4.2.4")
def userinfo(t):
    def sane(out):
        check(out.requests[0].all(b"host") == [b"b.example"], "Host is %r",
              out.requests[0].all(b"host"))
    t.either(request(b"GET http://u:p@b.example/ HTTP/1.1",
                     host=b"b.example"), (400,), sane)


@case("request-line/asterisk-options", "accepts OPTIONS *", "RFC 9112 3.2.4")
def asterisk(t):
    out = t.exchange(request(b"OPTIONS * HTTP/1.1"))
    check(out.status in (200, 204), "status %s", out.status)
    if out.requests:
        check(out.requests[0].target == b"*", "the target became %r",
              out.requests[0].target)


def passes_method(name, method, *alternatives):
    def run(t):
        out = t.exchange(request(method + b" /m HTTP/1.1"))
        check(out.status == 200 or out.status in alternatives, "status %s",
              out.status)
        if out.status == 200:
            check(out.requests[0].method == method, "it became %r",
                  out.requests[0].method)
    add("request-line/method-" + name, "passes the method %s on"
        % method.decode(), "RFC 9110 9.1", run)


passes_method("unknown", b"BREW")
passes_method("purge", b"PURGE")
passes_method("dash", b"M-SEARCH")
passes_method("long", b"A" * 30)
passes_method("prefix", b"GETS")
passes_method("tokens", b"X!#$%&'*+-.^_`|~9", 400, 405, 501)
passes_method("lower-case", b"get", 400, 405, 501)


@case("request-line/options-max-forwards-0",
      "answers OPTIONS with Max-Forwards: 0 itself", "RFC 9110 7.6.2")
def options_0(t):
    out = t.exchange(request(b"OPTIONS / HTTP/1.1", b"Max-Forwards: 0"))
    check(not out.requests, "it was forwarded")
    check(out.status in (200, 204), "status %s", out.status)


@case("request-line/trace-max-forwards-0",
      "answers TRACE with Max-Forwards: 0 itself", "RFC 9110 7.6.2")
def trace_0(t):
    out = t.exchange(request(b"TRACE /t HTTP/1.1", b"Max-Forwards: 0"))
    check(not out.requests, "it was forwarded")
    check(out.status in (200, 405, 501), "status %s", out.status)
    if out.status == 200:
        check(out.responses[0].get(b"content-type") == b"message/http" and
              out.responses[0].body.startswith(b"TRACE /t HTTP/1.1\r\n"),
              "the answer is not the request: %r", out.responses[0].raw)


@case("request-line/options-max-forwards-5",
      "decrements Max-Forwards of OPTIONS", "RFC 9110 7.6.2")
def options_5(t):
    out = t.passed(request(b"OPTIONS / HTTP/1.1", b"Max-Forwards: 5"))
    check(out.requests[0].all(b"max-forwards") == [b"4"], "it is %r",
          out.requests[0].all(b"max-forwards"))


@case("request-line/trace-max-forwards-10",
      "decrements Max-Forwards of TRACE", "RFC 9110 7.6.2")
def trace_10(t):
    out = t.exchange(request(b"TRACE / HTTP/1.1", b"Max-Forwards: 10"))
    if out.status not in (405, 501):
        check(out.requests[0].all(b"max-forwards") == [b"9"], "it is %r",
              out.requests[0].all(b"max-forwards"))


@case("request-line/get-max-forwards", "passes a GET with Max-Forwards: 0",
      "RFC 9110 7.6.2")
def get_max_forwards(t):
    out = t.passed(request(b"GET / HTTP/1.1", b"Max-Forwards: 0"))
    check(out.status == 200, "status %s", out.status)


@case("request-line/version-1.2", "treats HTTP/1.2 as HTTP/1.1",
      "RFC 9110 2.5")
def version_12(t):
    out = t.passed(request(b"GET / HTTP/1.2"))
    check(out.status == 200, "status %s", out.status)
    check(out.requests[0].version == b"HTTP/1.1", "sent on as %r",
          out.requests[0].version)
    check(out.responses[0].version == b"HTTP/1.1", "answered as %r",
          out.responses[0].version)


@case("request-line/empty-line-before", "ignores one empty line before",
      "RFC 9112 2.2")
def empty_line(t):
    out = t.passed(b"\r\n" + request())
    check(out.status == 200, "status %s", out.status)
    check(out.requests[0].raw.startswith(b"GET /"), "it was passed on")


@case("request-line/empty-line-between",
      "ignores an empty line between two requests", "RFC 9112 2.2")
def empty_line_between(t):
    out = t.passed(request() + b"\r\n" + request(b"GET /2 HTTP/1.1"), want=2)
    check(len(out.responses) == 2 and len(out.requests) == 2,
          "%d answers", len(out.responses))


def lenient(name, sentence, line):
    def run(t):
        def sane(out):
            got = out.requests[0]
            check((got.method, got.target) == (b"GET", b"/x"),
                  "the origin saw %r", got.start)
        t.either(request(line), (400,), sane)
    add("request-line/" + name, sentence, "RFC 9112 3", run)


lenient("two-spaces", "refuses or mends two spaces", b"GET  /x HTTP/1.1")
lenient("trailing-space", "refuses or mends a space after the version",
        b"GET /x HTTP/1.1 ")
lenient("tab-separator", "refuses or mends a tab for a space",
        b"GET\t/x\tHTTP/1.1")
lenient("leading-space", "refuses or mends a space before the method",
        b" GET /x HTTP/1.1")


@case("request-line/tls-hello", "refuses a TLS hello on a plain port",
      "RFC 9112 3")
def tls_hello(t):
    client = t.client()
    client.send(bytes.fromhex("16030100750100007103035ac3d1") + bytes(100) +
                b"\r\n\r\n")
    check(client.end(), "the connection stays open")
    check(bytes(client.buf[:8]) in (b"HTTP/1.1", b"HTTP/1.0", b""),
          "answered %r", bytes(client.buf[:80]))
    check(not t.pending(), "it reached the origin")


@case("request-line/answers-as-1.1", "answers a 1.0 request as HTTP/1.1",
      "RFC 9110 2.5")
def answers_as_11(t):
    out = t.passed(request(b"GET / HTTP/1.0"),
                   OK.replace(b"HTTP/1.1", b"HTTP/1.0"))
    check(out.responses[0].version == b"HTTP/1.1", "it is %r",
          out.responses[0].version)
