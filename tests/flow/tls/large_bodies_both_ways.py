#!/usr/bin/python3
"""Five megabytes there and back over TLS on both sides, also to slow readers,
with small fragments, and byte for byte.

Records, partial writes and back-pressure meet here: what one record holds back
the socket does not tell, and the goodbye comes after the last byte even when
the kernel had no room for it.
"""
import hashlib
import os
import random
import ssl
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import (Proxy, Upstream, body_of, certificate,  # noqa: E402
                  error_name, everything, head, status_of, trusting)

pair = certificate("up", "localhost", "IP:127.0.0.1")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*pair)
body = random.Random(1).randbytes(5_000_000)


def echo(s):
    """Reads it all, then sends it back."""
    _, got = head(s)
    while len(got) < len(body):
        got += s.recv(100_000)
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(got))
    s.sendall(got)


def give(s):
    """Answers a body that ends with the connection."""
    head(s)
    s.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)
    s.unwrap()


with Upstream(echo, context) as u, Proxy(
        "", "--upstream-ca", pair[0], "--tls-self-signed",
        upstream=u.url) as p:
    with p.tls(timeout=30) as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 70_001):
            s.sendall(body[at:at + 70_001])
        got, end = everything(s)
    assert (status_of(got), end) == (200, "end"), (got[:99], end)
    assert hashlib.sha256(body_of(got)).digest() == \
        hashlib.sha256(body).digest()

with Upstream(give, context) as u, Proxy(
        "", "--upstream-ca", pair[0], "--tls-self-signed",
        upstream=u.url) as p:
    for minor, pause in (b"0", 0), (b"0", 0.01), (b"1", 0.01):
        strict = trusting()
        with p.connect(timeout=30) as raw, strict.wrap_socket(
                raw, suppress_ragged_eofs=False) as s:
            s.sendall(b"GET / HTTP/1.%s\r\nHost: x\r\n"
                      b"Connection: close\r\n\r\n" % minor)
            time.sleep(20 * pause)  # until nothing more fits on the way
            got, end = b"", "end"
            try:
                while piece := s.recv(16384 if pause else 1 << 20):
                    got += piece
                    time.sleep(pause / 10)
            except OSError as e:
                end = error_name(e)
        assert end == "end", (minor, pause, end)
        if minor == b"0":
            assert body_of(got) == body
        else:
            assert got.endswith(b"\r\n0\r\n\r\n")
