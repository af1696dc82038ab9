#!/usr/bin/python3
"""An end without close_notify: the bytes are all there, the goodbye is not.

Where a body ends with the connection, only close_notify tells a whole answer
from a cut one (RFC 8446 6.1), so a careful client must not take it as whole.
"""
import os
import ssl
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import (Proxy, Upstream, ask, head, status_of,  # noqa: E402
                  trusting)


def serve(s):
    head(s)
    s.sendall(b"HTTP/1.0 200 OK\r\n\r\nall of it")


context = trusting()
for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    context.maximum_version = version
    with Upstream(serve) as u, Proxy(
            "connections:\n"
            "  - {rule: bad, first: 1, inject: {tls: no_close_notify}}\n",
            "--tls-self-signed", upstream=u.url) as p:
        for want in "SSLEOFError", "end":
            with p.connect() as raw, context.wrap_socket(
                    raw, server_hostname="localhost",
                    suppress_ragged_eofs=False) as s:
                got, end = ask(s, b"GET / HTTP/1.0\r\n\r\n")
            assert status_of(got) == 200 and got.endswith(b"all of it"), got
            assert end == want, (version, end)
    assert [a["status"] for a in p.attempts()] == [200, 200]

# On a plain listener there is no goodbye to leave out: nothing happens.
with Proxy("connections:\n"
           "  - {rule: bad, inject: {tls: no_close_notify}}\n") as p:
    with p.connect() as s:
        got, end = ask(s)
    assert (status_of(got), end) == (200, "end"), (got, end)
