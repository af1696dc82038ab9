#!/usr/bin/python3
"""slow-dependency: delays with a long tail, then requests that get nothing and
bodies that stop in the middle, until the client's own limit ends them.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

stopped = []


def visit(i):
    if i == 0:
        answer = s.ask(path="/bytes/2000", timeout=0.3)
        if answer.error:
            stopped.append(answer)
    else:
        s.insist(2, at_once, timeout=0.3)


with Story("slow-dependency", 30) as s:
    s.crowd(6, visit)

s.expect_phases("baseline", "slower", "stalling", "recovery")
slow = s.expect_rule("long-tail", "slower", 200, least=30)
# The median is 40 ms.
below = sum(a["delay"] < 0.045 for a in slow)
assert 0.2 * len(slow) < below < 0.8 * len(slow), (below, len(slow))
stuck = s.expect_rule("stuck", "stalling", 499)
assert all(a["cause"] == "client" and a["duration"] > 0.2 for a in stuck)
half = s.expect_rule("stuck-in-the-body", "stalling", 499)
assert all(a["fault"] == "hang" and a["bytes_out"] > 500 for a in half)
assert stopped
assert s.verdict("timeout p99 during stalling") != "fail"
