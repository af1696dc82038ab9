"""TLS towards the client: the same exchanges behind it."""

import ssl

from kit import GET, OK, WAIT, case, check, request, response


def secure(t, **how):
    """A client behind TLS; it blocks, and is read through a file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in how.items():
        if name == "alpn":
            context.set_alpn_protocols(value)
        else:
            setattr(context, name, value)
    client = t.client()
    client.sock.setblocking(True)
    client.sock.settimeout(WAIT)
    client.sock = context.wrap_socket(client.sock,
                                      server_hostname="a.example")
    return client.sock


def ask(t, sock, data=GET, answer=OK):
    """The head and the body of the answer to one request."""
    sock.sendall(data)
    upstream = t.accept() if not t.upstreams else t.upstreams[-1]
    got = upstream.request()
    upstream.send(answer)
    file = sock.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = file.readline()
        check(line, "the connection ended")
        head += line
    size = int(head.lower().partition(b"content-length: ")[2].split()[0])
    return got, head, file.read(size)


def works(t, **how):
    sock = secure(t, **how)
    for _ in range(3):
        got, head, body = ask(t, sock)
        check(head.startswith(b"HTTP/1.1 200") and body == b"ok",
              "it is %r %r", head, body)
        check(got.all(b"x-forwarded-proto") in ([b"https"], [b"http"]),
              "-Proto is %r", got.all(b"x-forwarded-proto"))
    return sock, got


@case("tls/1.3", "serves over TLS 1.3", "RFC 8446", tls=True)
def tls_13(t):
    sock, _ = works(t, minimum_version=ssl.TLSVersion.TLSv1_3)
    check(sock.version() == "TLSv1.3", "it is %s", sock.version())


@case("tls/1.2", "serves over TLS 1.2", "RFC 5246", tls=True)
def tls_12(t):
    sock, _ = works(t, maximum_version=ssl.TLSVersion.TLSv1_2)
    check(sock.version() == "TLSv1.2", "it is %s", sock.version())


@case("tls/alpn", "chooses http/1.1 when only that is offered", "RFC 7301",
      tls=True)
def alpn(t):
    sock, _ = works(t, alpn=["http/1.1"])
    check(sock.selected_alpn_protocol() in ("http/1.1", None), "it is %s",
          sock.selected_alpn_protocol())


@case("tls/proto", "tells the origin https", "de facto", tls=True,
      only="brownout")
def proto(t):
    _, got = works(t)
    check(got.all(b"x-forwarded-proto") == [b"https"], "it is %r",
          got.all(b"x-forwarded-proto"))


@case("tls/large", "16 MiB arrive over TLS", "RFC 8446", tls=True)
def large(t):
    body = bytes(range(256)) * 65536
    sock = secure(t)
    sock.sendall(GET)
    upstream = t.accept()
    upstream.request()
    t.spawn(upstream.send, response(body=body))
    file = sock.makefile("rb", 1 << 16)
    while file.readline() != b"\r\n":
        pass
    check(file.read(len(body)) == body, "it differs")


@case("tls/upload", "16 MiB go up over TLS", "RFC 8446", tls=True)
def upload(t):
    body = bytes(range(256)) * 65536
    sock = secure(t)
    t.spawn(sock.sendall, request(b"PUT / HTTP/1.1", b"Content-Length: %d"
                                  % len(body), body=body))
    upstream = t.accept()
    check(upstream.request(4 * WAIT).body == body, "it differs")
    upstream.send(OK)
    check(sock.recv(12) == b"HTTP/1.1 200", "no answer")


@case("tls/plain", "a plain request to a TLS port is 400 or a close",
      "robustness", tls=True)
def plain(t):
    client = t.client()
    client.send(GET)
    check(client.end(), "the connection stays open")
    check(client.buf[9:12] in (b"400", b"") or client.buf[:1] == b"\x15",
          "it got %r", bytes(client.buf[:60]))
    check(not t.pending(), "it reached the origin")


@case("tls/plain-hint", "a plain request to a TLS port gets 400 with a hint",
      "robustness", tls=True)
def plain_hint(t):
    client = t.client()
    client.send(GET)
    got = client.response()
    check(got.status == 400 and (b"TLS" in got.raw or b"HTTPS" in got.raw),
          "it is %r", got.raw)


@case("tls/garbage", "garbage for a handshake ends the connection",
      "RFC 8446", tls=True)
def garbage(t):
    client = t.client()
    client.send(b"\x16\x03\x01\x00\x40" + b"\xff" * 64)
    check(client.end(), "the connection stays open")
    works(t)


@case("tls/stall", "a handshake that stalls keeps nobody waiting",
      "robustness", tls=True)
def stall(t):
    for _ in range(20):
        t.client().send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
    works(t)


@case("tls/bytewise", "a handshake byte by byte is a handshake", "RFC 8446",
      tls=True)
def bytewise(t):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
    client = t.client()

    def step(act):
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                client.send_slowly(outgoing.read())
                seen = len(client.buf)
                client.wait(lambda: len(client.buf) > seen, "TLS record")
                incoming.write(bytes(client.buf[seen:]))
    step(tls.do_handshake)
    tls.write(GET)
    client.send_slowly(outgoing.read())
    upstream = t.accept()
    upstream.request()
    upstream.send(OK)
    check(step(lambda: tls.read(12)) == b"HTTP/1.1 200", "no answer")


@case("tls/abort", "a client that leaves behind TLS is told to the origin",
      "RFC 9112 8", tls=True)
def abort(t):
    sock = secure(t)
    sock.sendall(GET)
    upstream = t.accept()
    upstream.request()
    t.clients[0].sock = sock
    t.clients[0].reset()
    check(upstream.end(1), "the origin's connection stays open")


@case("tls/close-notify", "the end of a response is told with close_notify",
      "RFC 8446 6.1", tls=True)
def close_notify(t):
    sock = secure(t)
    ask(t, sock, request(b"GET / HTTP/1.1", b"Connection: close"))
    try:
        check(sock.recv(10) == b"", "bytes follow")
    except ssl.SSLEOFError:
        check(False, "the connection just ended")
