#!/usr/bin/python3
"""Which connections go wrong: a share of them, or those of one client.

A failure that cannot be replayed cannot be fixed, so the same seed resets the
same connections. `match: {client: ...}` spares everybody else, `per: client`
counts each on its own, and `shadow` decides without doing anything.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, status_of  # noqa: E402


def served(p, source=None):
    try:
        with p.connect(source) as s:
            return status_of(ask(s)[0]) == 200
    except ConnectionError:
        return False


SHARE = """connections:
  - {rule: some, rate: 30%, inject: {accept: reset}}
"""
runs = []
for seed in "7", "7", "8":
    with Proxy(SHARE, "--seed", seed) as p:
        runs.append([served(p) for _ in range(120)])
assert runs[0] == runs[1]
assert runs[0] != runs[2]
assert 20 <= runs[0].count(False) <= 56, runs[0].count(False)

with Proxy(SHARE, "--shadow") as p:
    assert all(served(p) for _ in range(30))

with Proxy("""connections:
  - {rule: one, match: {client: 127.0.0.2}, inject: {accept: reset}}
""") as p:
    assert [served(p, ip) for ip in
            ("127.0.0.1", "127.0.0.2", "127.0.0.3")] == [True, False, True]

with Proxy("""connections:
  - {rule: each, first: 1, per: client, inject: {accept: refuse}}
""") as p:
    assert [served(p, ip) for ip in ("127.0.0.1", "127.0.0.1", "127.0.0.2",
                                     "127.0.0.2")] == [False, True] * 2
