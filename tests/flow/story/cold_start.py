#!/usr/bin/python3
"""cold-start: the clock begins with the first request; each client's first two
are refused, then answers are slow, less and less often.
"""
import os
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, politely  # noqa: E402

with Story("cold-start", 8) as s:
    time.sleep(0.6)
    began = time.monotonic()
    s.crowd(4, lambda i: s.insist(4, politely, fields={"X-Client-Id": str(i)}))
    lasted = time.monotonic() - began

assert lasted > 45 / 8 - 0.5, lasted
s.expect_phases("starting", "warming", "baseline")
refused = s.expect_rule("nobody-yet", "starting", 503)
for client in {a["client"] for a in refused}:
    mine = sorted(s.of(client=client), key=lambda a: a["t"])
    assert [a["status"] for a in mine[:3]] == [503, 503, 200], mine[:3]
assert len(refused) == 8
slow = s.expect_rule("compiling", "starting", 200)
assert all(0.3 <= a["delay"] <= 0.95 for a in slow)
s.expect_rule("cache-miss", "warming", 200, least=5)
assert s.verdict("retry_after early of nobody-yet") != "fail"
