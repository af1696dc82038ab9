#!/usr/bin/python3
"""close_notify from a client: answered when idle, an end without it is none.

A client that says goodbye waits for ours (RFC 5246 7.2.1); without it careful
ones report an error after each connection. A body that is cut by FIN alone is
not a whole one, and never passed on as such.
"""
import os
import socket
import ssl
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, Upstream, head, trusting, within  # noqa: E402

seen = []


def serve(s):
    request, got = head(s)
    try:
        while request and (piece := s.recv(65536)):
            got += piece
        seen.append((got, "end"))
    except OSError as e:
        seen.append((got, type(e).__name__))


for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    with Proxy("", "--tls-self-signed") as p:
        context = trusting()
        context.maximum_version = version
        for requests in 0, 2:
            with p.tls(context) as s:
                for _ in range(requests):
                    s.sendall(b"GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n")
                    answer, body = head(s)
                    assert answer.startswith(b"HTTP/1.1 200"), answer
                    while not body:
                        body = s.recv(1)
                s.unwrap()  # raises when we leave without a word

    del seen[:]
    with Upstream(serve) as u, Proxy(
            "", "--tls-self-signed", upstream=u.url) as p:
        with p.tls(context) as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            plain = socket.socket(fileno=os.dup(s.fileno()))
            plain.shutdown(socket.SHUT_RDWR)
            plain.close()
        assert within(5, lambda: len(seen) == 1)
    assert not seen[0][0].endswith(b"0\r\n\r\n"), seen
    assert [a["outcome"] for a in p.attempts()] == ["client_closed"]
