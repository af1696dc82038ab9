#!/usr/bin/python3
"""poisoned-keepalive: each third request of a connection is reset, each fourth
gets a 408 that closes, and an answer that is longer than it says leaves bytes
behind for the next one.
"""
import os
import socket
import sys

sys.path.insert(0, os.environ["FLOW"])
from stories import Story  # noqa: E402

REQUEST = b"GET /search?q=tea HTTP/1.1\r\nHost: x\r\n\r\n"
left_over = []


def pooled(i):
    """A client that keeps its connection until it breaks."""
    c = s.connect()
    for _ in range(8):
        if s.ask(on=c).status in (None, 408):
            break
    c.close()


def careless(i):
    """One that reads as much as was announced, and then asks again."""
    try:
        with socket.create_connection(s.address, 2) as c:
            c.sendall(REQUEST)
            got = c.recv(65536)
    except OSError:
        return
    head, _, body = got.partition(b"\r\n\r\n")
    length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
              if line.lower().startswith(b"content-length:")]
    if length and len(body) > length[0]:
        left_over.append(body[length[0]:])


with Story("poisoned-keepalive", 35) as s:
    s.crowd(4, lambda i: (careless if i == 0 else pooled)(i))

s.expect_phases("baseline", "dead", "closing", "out-of-step", "recovery")
dead = s.expect_rule("third-is-reset", "dead", least=5)
assert all(a["fault"] == "close" and a["n"] % 3 == 0 for a in dead)
closing = s.expect_rule("idle-too-long", "closing", 408, least=5)
ended = {a["conn"] for a in closing}
after = [a for a in s.of(phase="closing") if a["conn"] in ended]
assert max(a["nth"] for a in after) == max(a["nth"] for a in closing)
odd = s.expect_rule("left-over", "out-of-step", least=5)
assert {a["fault"] for a in odd} == {"malformed"}
assert left_over
assert s.verdict("connection reuse_after_close") != "fail"
