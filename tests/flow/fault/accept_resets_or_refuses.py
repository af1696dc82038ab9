#!/usr/bin/python3
"""A connection that is reset before a byte of an answer.

A client that only knows timeouts hangs, one that retries at once hammers: both
must be tried. `reset` and `refuse` end it with RST at once, before anything was
read: the upstream never hears of it. Without the fault it is served.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, status_of  # noqa: E402

for kind in "reset", "refuse":
    with Proxy("connections:\n"
               f"  - {{rule: bad, first: 2, inject: {{accept: {kind}}}}}\n") as p:
        for _ in range(2):
            try:
                with p.connect() as s:
                    got, end = ask(s)
            except ConnectionError:  # while it still connected or sent
                got, end = b"", "ConnectionResetError"
            assert (got, end) == (b"", "ConnectionResetError"), (got, end)
        with p.connect() as s:
            got, end = ask(s)
        assert (status_of(got), end) == (200, "end"), (got, end)
    assert len(p.attempts()) == 1, p.attempts()
