#!/usr/bin/python3
"""A handshake that stops after the client's hello, or is answered with RST.

Clients with a limit on connecting but none on the handshake hang in the first.
The stall lasts for its own time, longer than the proxy waits for others, ends
with FIN, and is over when the client goes. Nobody else has to wait.
"""
import os
import socket
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import (Proxy, ask, error_name, hello, reset,  # noqa: E402
                  status_of, within)


def handshake(p):
    """How it ended, and after how long."""
    began = time.monotonic()
    try:
        with p.tls() as s:
            return status_of(ask(s)[0]), time.monotonic() - began
    except OSError as e:
        return error_name(e), time.monotonic() - began


with Proxy("connections:\n"
           "  - {rule: bad, first: 1, inject: {tls: handshake_reset}}\n",
           "--tls-self-signed") as p:
    assert handshake(p)[0] == "ConnectionResetError"
    assert handshake(p)[0] == 200

with Proxy("connections:\n"
           "  - rule: bad\n"
           "    first: 2\n"
           "    inject: {tls: {kind: handshake_stall, for: 700ms}}\n",
           "--tls-self-signed", "--client-head-timeout", "100ms") as p:
    said, took = handshake(p)
    assert said in ("SSLEOFError", "SSLZeroReturnError"), said
    assert 0.7 <= took < 5, took
    with p.connect() as waiting:
        waiting.sendall(hello())
        waiting.settimeout(0.3)
        try:
            raise AssertionError(waiting.recv(1))
        except socket.timeout:
            pass
        said, took = handshake(p)  # beside it
        assert said == 200 and took < 0.3, (said, took)

with Proxy("connections:\n"
           "  - {rule: bad, inject: {tls: {kind: handshake_stall, for: 1m}}}\n",
           "--tls-self-signed") as p:
    def descriptors():
        return len(os.listdir(f"/proc/{p.process.pid}/fd"))

    before = descriptors()
    clients = [p.connect() for _ in range(3)]
    for c in clients:
        c.sendall(hello())
    assert within(5, lambda: descriptors() == before + 3)
    clients[0].close()
    reset(clients[1])
    assert within(5, lambda: descriptors() == before + 1), descriptors()
    began = time.monotonic()
    assert p.stop() == 0
    assert time.monotonic() - began < 5
    clients[2].close()
