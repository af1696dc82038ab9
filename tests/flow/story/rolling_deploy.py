#!/usr/bin/python3
"""rolling-deploy: the phase is played three times; in each round resets and
502s get fewer, and a third of the answers is slow.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

with Story("rolling-deploy", 15) as s:
    s.crowd(6, lambda i: s.insist(4, at_once))

s.expect_phases("baseline", "replace-an-instance", "recovery")
round_s = 10 / 15
hits = s.expect_rule("nobody-there", "replace-an-instance", 502, least=9)
start = min(a["t"] for a in s.of(phase="replace-an-instance"))
for n in range(3):
    into = [(a["t"] - start) / round_s - n for a in hits]
    first = sum(0 <= x < 0.5 for x in into)
    second = sum(0.5 <= x < 1 for x in into)
    assert first > second, (n, first, second)
assert all(a["fault"] == "close" for a in s.of(rule="cut-off"))
assert len(s.of(rule="cut-off")) > 0
slow = s.expect_rule("cold-caches", "replace-an-instance", 200, least=5)
assert all(a["delay"] > 0 for a in slow)
assert s.verdict("attempts") != "fail"
