#!/usr/bin/python3
"""A connection that is served late, as behind a full accept queue.

Never early, then as if nothing had been, however short the proxy's own time
limits are. Only new connections are late: keep-alive hides it.
"""
import os
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, everything, head, status_of  # noqa: E402

with Proxy("connections:\n"
           "  - {rule: late, inject: {accept: {delay: 400ms}}}\n",
           "--client-head-timeout", "100ms",
           "--client-idle-timeout", "200ms") as p:
    s = p.connect()
    began = time.monotonic()
    for least, most in (0.4, 3), (0, 0.3):
        s.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert head(s)[0].startswith(b"HTTP/1.1 200")
        took = time.monotonic() - began
        assert least <= took < most, took
        began = time.monotonic()
    s.close()
    with p.connect() as s:
        got, end = ask(s)
    assert (status_of(got), end) == (200, "end"), (got, end)
    with p.connect() as s:  # one that waits is not waited for at the end
        assert p.stop() == 0
        assert everything(s)[0] == b""
assert len(p.attempts()) == 3, p.attempts()
