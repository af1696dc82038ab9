#!/usr/bin/python3
"""Which TLS connections go wrong: by the name they ask for, a seeded share, or
one client's. `accept` faults too can be chosen by the name.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, status_of  # noqa: E402


def served(p, name="localhost", source=None):
    try:
        with p.tls(name=name, source=source) as s:
            return status_of(ask(s)[0]) == 200
    except ConnectionError:
        return False


for fault in "tls: handshake_reset", "accept: reset":
    with Proxy("connections:\n  - rule: one\n"
               "    match: {sni: ['*.bad.test', worse.test]}\n"
               f"    inject: {{{fault}}}\n", "--tls-self-signed") as p:
        assert [served(p, name) for name in
                ("a.bad.test", "worse.test", "good.test", None)
                ] == [False, False, True, True]

with Proxy("connections:\n  - rule: one\n"
           "    match: {client: 127.0.0.2}\n"
           "    inject: {tls: handshake_reset}\n", "--tls-self-signed") as p:
    assert served(p) and not served(p, source="127.0.0.2")

runs = []
for seed in "7", "7", "8":
    with Proxy("connections:\n"
               "  - {rule: s, rate: 30%, inject: {tls: handshake_reset}}\n",
               "--tls-self-signed", "--seed", seed) as p:
        runs.append([served(p) for _ in range(80)])
assert runs[0] == runs[1]
assert runs[0] != runs[2]
assert 12 <= runs[0].count(False) <= 40, runs[0].count(False)

# Two faults on one connection: late, and then a bad handshake.
with Proxy("connections:\n"
           "  - {rule: late, inject: {accept: {delay: 200ms}}}\n"
           "  - {rule: bad, first: 1, inject: {tls: handshake_reset}}\n",
           "--tls-self-signed") as p:
    assert not served(p) and served(p)
