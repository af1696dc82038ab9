#!/usr/bin/python3
"""Clients that do not shake hands: plain HTTP, garbage, silence, half a record.

A plain request on a TLS port gets 400 with a hint, whatever its method; a hello
on a plain port gets 400 too. Garbage is refused, a stalled handshake ends after
the time for a head and holds nobody up meanwhile, and half a record costs no
CPU while its rest is awaited. Renegotiation is refused.
"""
import os
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import (GET, Proxy, ask, cpu, everything, hello,  # noqa: E402
                  status_of, trusting)

with Proxy("", "--tls-self-signed", "--client-head-timeout", "700ms") as p:
    for method in (b"GET", b"POST", b"DELETE", b"OPTIONS", b"PATCH", b"get",
                   b"PRI", b"X"):
        with p.connect() as s:
            got, end = ask(s, GET.replace(b"GET", method))
            assert status_of(got) == 400 and b"https://" in got, (method, got)
            assert end == "end", end

    for garbage in (b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 500,
                    b"\x80\x2e\x01\x00\x02" + b"x" * 50,
                    b"\x15\x03\x01\x00\x02\x02\x28",
                    hello()[:40] + b"\xff" * 200):
        with p.connect() as s:
            got, end = ask(s, garbage)
            assert not got.startswith(b"HTTP"), got
            assert end in ("end", "ConnectionResetError"), end

    began = time.monotonic()
    stalled = [p.connect() for _ in range(20)]
    for i, s in enumerate(stalled):
        s.sendall(hello()[:i * 25])
    with p.tls() as s:
        assert status_of(ask(s)[0]) == 200
    assert time.monotonic() - began < 0.5
    for s in stalled:
        got, end = everything(s)
        assert not got.startswith(b"HTTP") and end != "TimeoutError", end
        s.close()
    assert 0.6 < time.monotonic() - began < 5

with Proxy("", "--tls-self-signed") as p:
    # A record of application data whose end is missing, after the handshake.
    taken, given = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting().wrap_bio(taken, given, server_hostname="localhost")
    with p.connect() as raw:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(given.read())
                taken.write(raw.recv(65536))
        client.write(GET)
        record = given.read()
        raw.sendall(record[:-10])
        time.sleep(0.2)
        before = cpu(p.process.pid)
        time.sleep(0.6)
        used = cpu(p.process.pid) - before
        assert used < 0.2, f"{used} s of CPU in 0.6 s"
        raw.sendall(record[-10:])
        while True:
            try:
                assert client.read(100).startswith(b"HTTP/1.1 200")
                break
            except ssl.SSLWantReadError:
                taken.write(raw.recv(65536))

    renegotiate = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-connect", "%s:%d" % p.address],
        input=b"R\n", capture_output=True, timeout=20)
    assert b"no renegotiation" in renegotiate.stderr, renegotiate.stderr

with Proxy() as p:
    with p.connect() as s:
        got, end = ask(s, hello())
        assert status_of(got) == 400, got
        assert end in ("end", "ConnectionResetError"), end
