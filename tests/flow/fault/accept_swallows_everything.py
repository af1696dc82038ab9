#!/usr/bin/python3
"""A connection into a blackhole: accepted, and then nothing, whatever is sent.

It shows clients without a time limit of their own. It lasts for its time, not
for the proxy's limits, which are far shorter here; it is over when the client
goes, and it keeps no proxy from ending.
"""
import os
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import GET, Proxy, ask, everything, reset, within  # noqa: E402

short = ("--client-head-timeout", "100ms", "--client-idle-timeout", "100ms")
with Proxy("connections:\n"
           "  - rule: hole\n"
           "    inject: {accept: {kind: blackhole, for: 600ms}}\n",
           *short) as p:
    began = time.monotonic()
    with p.connect() as s:
        got, end = ask(s)
    took = time.monotonic() - began
    assert (got, end) == (b"", "ConnectionResetError"), (got, end)
    assert 0.6 <= took < 5, took
    with p.connect() as s:  # and for one that sends nothing
        assert everything(s)[1] == "ConnectionResetError"
assert p.attempts() == []

with Proxy("connections:\n"
           "  - {rule: hole, inject: {accept: blackhole}}\n", *short) as p:
    def descriptors():
        return len(os.listdir(f"/proc/{p.process.pid}/fd"))

    before = descriptors()
    silent, gone, dead = p.connect(), p.connect(), p.connect()
    gone.sendall(GET)
    dead.sendall(GET)
    assert within(5, lambda: descriptors() == before + 3)
    gone.close()
    reset(dead)
    assert within(5, lambda: descriptors() == before + 1), descriptors()
    silent.settimeout(0.3)
    assert ask(silent) == (b"", "TimeoutError")
    silent.settimeout(10)
    began = time.monotonic()
    assert p.stop() == 0
    assert time.monotonic() - began < 5
    assert everything(silent) == (b"", "ConnectionResetError")
    silent.close()
