"""Host: exactly one, valid."""

from kit import add, case, check, request

HOST = "RFC 9112 3.2"


def refuses(name, sentence, data):
    add("host/" + name, sentence, HOST, lambda t: t.refused(data))


refuses("missing", "refuses 1.1 without Host", request(host=None))
refuses("missing-absolute", "refuses 1.1 without Host in absolute-form",
        request(b"GET http://a.example/ HTTP/1.1", host=None))
refuses("two", "refuses two different Hosts", request(
    b"GET / HTTP/1.1", b"Host: b.example"))
refuses("two-equal", "refuses two equal Hosts", request(
    b"GET / HTTP/1.1", b"Host: a.example"))
refuses("two-1.0", "refuses two Hosts in 1.0", request(
    b"GET / HTTP/1.0", b"Host: b.example"))
refuses("two-other-case", "refuses two Hosts in different case", request(
    b"GET / HTTP/1.1", b"hOST: b.example"))
for _name, _value in (
    ("space", b"a b"), ("userinfo", b"user@a.example"),
    ("path", b"a.example/x"), ("nul", b"a\0b"), ("comma", b"a,b"),
    ("port", b"a.example:8x"), ("bracket", b"[::1"), ("query", b"a?b"),
    ("two-ports", b"a.example:80:80"),
):
    refuses("bad-" + _name, "refuses Host: %r" % _value.decode(),
            request(host=_value))


def keeps(name, sentence, value):
    def run(t):
        out = t.passed(request(host=value))
        check(out.status == 200, "status %s", out.status)
        check(out.requests[0].all(b"host") == [value], "it became %r",
              out.requests[0].all(b"host"))
    add("host/" + name, sentence, "RFC 9110 7.2", run)


keeps("kept", "keeps Host with its port and case", b"ExAmple.COM:8080")
keeps("ipv6", "keeps an IPv6 literal", b"[2001:db8::1]:8080")
keeps("underscore", "keeps a name with an underscore", b"my_host.example")


@case("host/empty", "refuses or passes an empty Host", HOST)
def empty(t):
    t.either(request(host=b""), (400,), lambda out: check(
        len(out.requests[0].all(b"host")) == 1, "the origin saw %r",
        out.requests[0].all(b"host")))


@case("host/absent-1.0", "passes 1.0 without Host, with one towards a 1.1 "
      "origin", HOST)
def absent(t):
    out = t.passed(request(b"GET / HTTP/1.0", host=None))
    got = out.requests[0]
    check(out.status == 200, "status %s", out.status)
    check(got.version == b"HTTP/1.0" or len(got.all(b"host")) == 1,
          "the origin saw %r", got.raw)
