#!/usr/bin/python3
"""Cut points over TLS: exactly so many bytes of the body, then FIN or RST.

Over TLS bytes travel in records, and a reset discards what the kernel has not
sent; neither may move the cut. FIN comes with close_notify, RST without.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, body_of, everything, trusting  # noqa: E402

for size, at in (100, 7), (100_000, 16_384), (1_000_000, 700_001), (100, 0):
    for how, want in ("fin", "end"), ("rst", "ConnectionResetError"):
        with Proxy("rules:\n  - rule: cut\n"
                   f"    inject: {{close: {{at: {{bytes: {at}}}, "
                   f"with: {how}}}}}\n", "--tls-self-signed") as p:
            strict = trusting()
            with p.connect() as raw, strict.wrap_socket(
                    raw, suppress_ragged_eofs=False) as s:
                s.sendall(b"GET /bytes/%d HTTP/1.1\r\nHost: x\r\n\r\n" % size)
                got, end = everything(s)
        assert b"Content-Length: %d\r\n" % size in got, got[:300]
        assert len(body_of(got)) == at, (size, at, how, len(body_of(got)))
        assert end == want, (size, at, how, end)

for how, want in ("fin", "end"), ("rst", "ConnectionResetError"):
    with Proxy("rules:\n  - {rule: cut, inject: {close: %s}}\n" % how,
               "--tls-self-signed") as p:
        strict = trusting()
        with p.connect() as raw, strict.wrap_socket(
                raw, suppress_ragged_eofs=False) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert everything(s) == (b"", want)
