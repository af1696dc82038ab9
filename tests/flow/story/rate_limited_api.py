#!/usr/bin/python3
"""rate-limited-api: the quota is of a key and tells what is left; the refused
are told a true time. In the strict phase an early comer is refused again.
"""
import os
import sys
import threading

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

told, lock = [], threading.Lock()


def visit(i):
    # Two greedy clients share a key; the third one has its own and is modest.
    if i == 2:
        answers = s.insist(1, at_once, fields={"X-Api-Key": "modest"})
        threading.Event().wait(0.2)
    else:
        answers = s.insist(3, at_once, fields={"X-Api-Key": "greedy"})
    with lock:
        told.extend((i, a) for a in answers)


with Story("rate-limited-api", 30) as s:
    s.crowd(3, visit)

s.expect_phases("baseline", "quota", "small-quota", "strict", "recovery")
s.expect_rule("fair-quota", "quota", 429)
s.expect_rule("cut-quota", "small-quota", 429)
strict = s.expect_rule("strict-throttle", "strict", 429, least=10)

refused = [a for _, a in told if a.status == 429]
assert all(int(a.fields["Retry-After"]) > 0 for a in refused)
left = [a for _, a in told if a.fields.get("RateLimit")]
assert any(a.status == 200 for a in left) and any(
    a.status == 429 for a in left)
assert {a["retry_after"] for a in strict} <= {3, 4, 5}

# Draws of 30 %, and early comers beyond them: the greedy ones hardly pass.
greedy = strict[0]["client"]
last = [a for a in s.of(phase="strict", client=greedy)][1:]
assert sum(a["status"] == 429 for a in last) > 0.7 * len(last)
assert s.verdict("retry_after early during strict") == "fail"
