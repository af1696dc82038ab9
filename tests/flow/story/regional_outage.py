#!/usr/bin/python3
"""regional-outage: first connections are swallowed or reset, then everything
is a 503, then fewer and fewer are; a client that hammers is told of.
"""
import os
import sys
import threading

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

errors, lock = set(), threading.Lock()
kept = {}


def visit(i):
    if i == 0:
        # One has a pool of one: it meets the rule of open connections.
        on = kept.setdefault(i, s.connect(timeout=0.3))
        answer = s.ask(on=on)
    else:
        answer = s.insist(8, at_once, fields={"X-Client-Id": str(i)},
                          timeout=0.3)[-1]
    with lock:
        errors.add(type(answer.error).__name__)


with Story("regional-outage", 36) as s:
    s.crowd(6, visit)

assert s.phases() in (
    ["baseline", "dark", "outage", "half-open", "recovery"],
    ["baseline", "outage", "half-open", "recovery"]), s.phases()
assert {"TimeoutError", "ConnectionResetError"} <= errors, errors
s.expect_rule("no-region", "outage", 503, least=20)
assert all(2 <= a["retry_after"] <= 8 for a in s.of(rule="no-region"))
assert not s.of(phase="outage", status=200)
half = s.of(phase="half-open")
middle = (half[0]["t"] + half[-1]["t"]) / 2
shares = [sum(a["status"] == 503 for a in part) / len(part) for part in (
    [a for a in half if a["t"] < middle], [a for a in half if a["t"] >= middle])]
assert shares[0] > shares[1] + 0.1, shares
assert s.verdict("retry_after early during outage") == "fail"
assert s.verdict("attempts during outage") == "fail"
