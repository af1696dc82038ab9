#!/usr/bin/python3
"""A client that gave up half a second before the fault's answer has left, not hung: over TCP its
FIN may be a half-close, but the reset that answers our answer tells. One that only has no more to
say is answered and not called gone."""
import os
import socket
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
sys.dont_write_bytecode = True
from flow import Proxy  # noqa: E402


def ask(proxy, path):
    s = socket.create_connection(proxy.address)
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: {path}\r\n\r\n".encode())
    return s


with Proxy("rules: [{rule: late, inject: {timeout: 900ms}}]\n") as proxy:
    impatient, brief = ask(proxy, "/impatient"), ask(proxy, "/brief")
    time.sleep(0.5)
    impatient.close()
    brief.shutdown(socket.SHUT_WR)
    assert brief.recv(4096).startswith(b"HTTP/1.1 504 "), "a half-closed client is answered"
    brief.close()
    time.sleep(0.3)
    proxy.stop()
    attempts = {a["path"]: a for a in proxy.attempts()}
assert attempts["/brief"]["status"] == 504, attempts["/brief"]
left = attempts["/impatient"]
assert (left["status"], left["outcome"], left["rule"]) == (499, "client_closed", "late"), left
assert 0.4 < left["duration"] < 0.8, left
