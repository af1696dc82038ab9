"""Field lines, in requests and (where the same holds) in responses."""

from kit import add, case, check, request, response


def refuses(name, sentence, rfc, line, codes=(400,)):
    add("fields/" + name, sentence, rfc,
        lambda t: t.refused(request(b"GET / HTTP/1.1", line), codes))


for _name, _sentence, _rfc, _line in (
    ("space-before-colon", "refuses a space before the colon",
     "RFC 9112 5.1", b"X-A : 1"),
    ("tab-before-colon", "refuses a tab before the colon", "RFC 9112 5.1",
     b"X-A\t: 1"),
    ("name-space", "refuses a space in a name", "RFC 9110 5.1", b"X A: 1"),
    ("name-parenthesis", "refuses a name that is no token", "RFC 9110 5.1",
     b"X(A): 1"),
    ("name-high", "refuses a name above ASCII", "RFC 9110 5.1",
     b"X-\xc3\xa9: 1"),
    ("name-nul", "refuses NUL in a name", "RFC 9110 5.1", b"X\0A: 1"),
    ("name-empty", "refuses an empty name", "RFC 9110 5.1", b": 1"),
    ("no-colon", "refuses a line without colon", "RFC 9112 5", b"nonsense"),
):
    refuses(_name, _sentence, _rfc, _line)

refuses("one-huge", "answers 431 to a field of 1 MiB", "RFC 6585 5",
        b"X-A: " + b"a" * (1 << 20), (431,))
refuses("many", "answers 431 to 20,000 fields", "RFC 6585 5",
        b"\r\n".join(b"X-%d: 1" % i for i in range(20000)), (431,))
refuses("total", "answers 431 to 1 MiB of fields", "RFC 6585 5",
        b"\r\n".join(b"X-%d: %s" % (i, b"a" * 1000) for i in range(1000)),
        (431,))


def refused_or_spaced(name, sentence, value, rfc="RFC 9110 5.5"):
    def run(t):
        def sane(out):
            got = out.requests[0]
            check(got.all(b"x-a") == [b"one two"], "X-A is %r",
                  got.all(b"x-a"))
            check(not got.has(b"x-b"), "it made a field of its own")
        t.either(request(b"GET / HTTP/1.1", b"X-A: " + value), (400,), sane)
    add("fields/" + name, sentence, rfc, run)


refused_or_spaced("value-nul", "refuses NUL in a value or makes it a space",
                  b"one\0two")
refused_or_spaced("value-cr", "refuses CR in a value or makes it a space",
                  b"one\rtwo")


@case("fields/value-cr-smuggle", "a bare CR never starts a new field",
      "RFC 9110 5.5")
def value_cr_smuggle(t):
    t.either(request(b"GET / HTTP/1.1", b"X-A: 1\rX-B: 2"), (400,),
             lambda out: check(not out.requests[0].has(b"x-b"),
                               "X-B became a field"))


@case("fields/obs-fold", "refuses a folded line or unfolds it",
      "RFC 9112 5.2")
def obs_fold(t):
    def sane(out):
        got = out.requests[0].all(b"x-a")
        check(len(got) == 1 and got[0].split() == [b"one", b"two"],
              "X-A is %r", got)
    t.either(request(b"GET / HTTP/1.1", b"X-A: one\r\n two"), (400,), sane)


@case("fields/obs-fold-tab", "refuses a line folded by a tab or unfolds it",
      "RFC 9112 5.2")
def obs_fold_tab(t):
    def sane(out):
        got = out.requests[0].all(b"x-a")
        check(len(got) == 1 and got[0].split() == [b"one", b"two"],
              "X-A is %r", got)
    t.either(request(b"GET / HTTP/1.1", b"X-A: one\r\n\ttwo"), (400,), sane)


@case("fields/leading-space", "refuses or drops white space before the "
      "first field", "RFC 9112 2.2")
def leading_space(t):
    t.either(b"GET / HTTP/1.1\r\n X-A: 1\r\nHost: a.example\r\n\r\n", (400,),
             lambda out: check(not out.requests[0].has(b"x-a"),
                               "the line was passed on"))


@case("fields/value-control", "refuses or keeps other controls in a value",
      "RFC 9110 5.5")
def value_control(t):
    t.either(request(b"GET / HTTP/1.1", b"X-A: a\x01b\x7fc"), (400,),
             lambda out: check(out.requests[0].all(b"x-a") in
                               ([b"a\x01b\x7fc"], [b"a b c"]), "X-A is %r",
                               out.requests[0].all(b"x-a")))


def keeps(name, sentence, fields, rfc="RFC 9110 5.5", case_too=False):
    """The origin sees the fields, the client sees them from the origin."""
    lines = [b"%s: %s" % f for f in fields]
    names = {n.lower() for n, _ in fields}

    def plain(fields):
        return [(n if case_too else n.lower(), v) for n, v in fields]

    def kept(message):
        got = [f for f in message.fields if f[0].lower() in names]
        check(plain(got) == plain(fields), "they became %r", got)

    def in_request(t):
        out = t.passed(request(b"GET / HTTP/1.1", *lines))
        check(out.status == 200, "status %s", out.status)
        kept(out.requests[0])

    def in_response(t):
        kept(t.reply(response(b"HTTP/1.1 200 OK", *lines)))
    add("fields/" + name, sentence, rfc, in_request)
    add("fields/" + name + "-response", sentence + " of a response", rfc,
        in_response)


keeps("case", "keeps the case of names",
      [(b"X-zebra", b"1"), (b"x-Alpha", b"2"), (b"X-MIDDLE", b"3"),
       (b"x-lower", b"4"), (b"X_Under", b"5")], "RFC 9110 5.1", True)
keeps("order", "keeps the order of fields",
      [(b"X-Z", b"1"), (b"X-A", b"2"), (b"X-M", b"3"), (b"X-B", b"4")],
      "RFC 9110 5.3")
keeps("repeats", "keeps repeated fields apart and in order",
      [(b"X-R", b"1"), (b"X-Other", b"x"), (b"X-R", b"2"), (b"x-r", b"3")],
      "RFC 9110 5.3")
keeps("obs-text", "keeps bytes above 127 in values",
      [(b"X-Latin", b"caf\xe9"), (b"X-Utf8", b"caf\xc3\xa9 \xff")])
keeps("empty", "keeps empty values", [(b"X-Empty", b""), (b"X-After", b"1")])
keeps("inner-space", "keeps white space inside a value",
      [(b"X-A", b"one  two\tthree , \"four  \"")])
keeps("long", "keeps a value of 7,000 bytes", [(b"X-Long", b"v" * 7000)])
keeps("long-name", "keeps a name of 200 bytes", [(b"X-" + b"n" * 198, b"1")])
keeps("sixty", "keeps 60 fields",
      [(b"X-Field-%d" % i, b"value %d" % i) for i in range(60)])
keeps("token-characters", "keeps every character a name may have",
      [(b"X!#$%&'*+-.^_`|~9", b"1")], "RFC 9110 5.1")


@case("fields/ows", "takes white space around a value, or none",
      "RFC 9112 5")
def ows(t):
    out = t.passed(request(b"GET / HTTP/1.1", b"X-A:1", b"X-B: \t 2 \t "))
    got = out.requests[0]
    check((got.all(b"x-a"), got.all(b"x-b")) == ([b"1"], [b"2"]),
          "the origin saw %r %r", got.all(b"x-a"), got.all(b"x-b"))


@case("fields/set-cookie", "never joins Set-Cookie", "RFC 9110 5.3")
def set_cookie(t):
    values = [b"a=1; Path=/", b"b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
              b"a=3"]
    got = t.reply(response(b"HTTP/1.1 200 OK",
                           *[b"Set-Cookie: " + v for v in values]))
    check(got.all(b"set-cookie") == values, "they became %r",
          got.all(b"set-cookie"))


@case("fields/cookie", "keeps Cookie as it is", "RFC 6265 5.4")
def cookie(t):
    out = t.passed(request(b"GET / HTTP/1.1", b'Cookie: a=1;b="2, 3"; c='))
    check(out.requests[0].all(b"cookie") == [b'a=1;b="2, 3"; c='],
          "it became %r", out.requests[0].all(b"cookie"))


@case("fields/end-to-end", "keeps the end-to-end fields of a response",
      "RFC 9110 7.7")
def end_to_end(t):
    fields = [b"Server: origin/1.0", b"ETag: \"x\"", b"Content-Encoding: br",
              b"Vary: Accept, Origin", b"Cache-Control: no-store",
              b"Accept-Ranges: bytes", b"WWW-Authenticate: Basic realm=\"a\"",
              b"Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT",
              b"Expires: 0", b"Retry-After: 7", b"Refresh: 1"]
    got = t.reply(response(b"HTTP/1.1 200 OK", *fields))
    for line in fields:
        name, _, value = line.partition(b": ")
        check(got.all(name) == [value], "%s became %r", name.decode(),
              got.all(name))


@case("fields/authorization", "keeps Authorization and the conditions",
      "RFC 9110 11.6.2")
def authorization(t):
    fields = [b"Authorization: Bearer x.y.z", b"If-None-Match: \"a\", \"b\"",
              b"Range: bytes=0-1", b"Accept-Encoding: gzip, br",
              b"Idempotency-Key: \"k\"", b"User-Agent: x/1"]
    out = t.passed(request(b"GET / HTTP/1.1", *fields))
    for line in fields:
        name, _, value = line.partition(b": ")
        check(out.requests[0].all(name) == [value], "%s became %r",
              name.decode(), out.requests[0].all(name))
