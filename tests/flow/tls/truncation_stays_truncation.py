#!/usr/bin/python3
"""An upstream that ends without close_notify: its answer may be cut.

Where the end of the connection is the end of the body, an attacker (or a crash)
could cut it anywhere; so what the client gets must not look whole. With
close_notify it is whole, whether FIN follows or not.
"""
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import (Proxy, Upstream, ask, body_of, certificate,  # noqa: E402
                  head, trusting)

pair = certificate("up", "localhost", "IP:127.0.0.1")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*pair)


def server(ending, version):
    def serve(s):
        head(s)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        s.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 999)
        ending(s)
    context.maximum_version = version
    return Upstream(serve, context)


def cut(s):
    s.detach_fd = os.dup(s.fileno())
    socket.socket(fileno=s.detach_fd).shutdown(socket.SHUT_RDWR)


def whole(s):
    try:
        s.settimeout(0.3)
        s.unwrap()
    except OSError:
        pass


def whole_without_fin(s):
    """close_notify in the same segment, after which nothing more comes."""
    whole(s)
    time.sleep(1.5)


for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    for minor in b"0", b"1":
        request = b"GET / HTTP/1.%s\r\nHost: x\r\n\r\n" % minor
        with server(cut, version) as u, Proxy(
                "", "--upstream-ca", pair[0], "--tls-self-signed",
                upstream=u.url) as p:
            loose = trusting()
            with p.connect() as raw, loose.wrap_socket(
                    raw, suppress_ragged_eofs=False) as s:
                got, end = ask(s, request)
        assert b" 200 " in got.split(b"\r\n")[0], got
        assert not got.endswith(b"0\r\n\r\n"), got
        if minor == b"0":  # for a body that ends with the connection
            assert end in ("SSLEOFError", "ConnectionResetError"), end
        assert p.attempts()[0]["outcome"] == "upstream_error", p.attempts()

    for ending in whole, whole_without_fin:
        with server(ending, version) as u, Proxy(
                "", "--upstream-ca", pair[0], upstream=u.url) as p:
            began = time.monotonic()
            with p.connect() as s:
                got, end = ask(s, b"GET / HTTP/1.0\r\n\r\n")
            assert end == "end" and body_of(got) == b"x" * 999, (got, end)
            assert time.monotonic() - began < 1.2
        assert p.attempts()[0]["outcome"] == "passed", p.attempts()
