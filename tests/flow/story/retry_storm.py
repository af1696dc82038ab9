#!/usr/bin/python3
"""retry-storm: after a hiccup a service with four places and a queue of eight
is kept down by clients that try again at once; each refused one adds to it.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

with Story("retry-storm", 30) as s:
    s.crowd(24, lambda i: s.insist(
        5, at_once, fields={"X-Client-Id": str(i)}))

s.expect_phases("baseline", "hiccup", "fragile", "recovery")
s.expect_rule("trigger", "hiccup", 503, least=24)
assert not s.of(phase="hiccup", status=200)
s.expect_rule("work", "fragile", 200)
s.expect_rule("no-room", "fragile", 503)
served = s.of(phase="fragile", status=200)
assert all(a["duration"] >= 0.049 for a in served)
# Four at a time, 50 ms each: no more than 80 in a second.
length = 40 / 30
assert len(served) <= 80 * length + 12, len(served)
refused = s.of(phase="fragile", status=503)
assert len(refused) > len(served), (len(refused), len(served))
assert s.verdict("amplification during hiccup") == "fail"
assert s.verdict("attempts") == "fail"
