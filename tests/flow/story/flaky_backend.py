#!/usr/bin/python3
"""flaky-backend: of one bad instance in four exactly each fourth request
fails, so one more try is enough; in bad spells failures come in runs, and who
tries again at once meets the same spell.
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

with Story("flaky-backend", 40) as s:
    s.crowd(4, lambda i: s.insist(6, at_once))

s.expect_phases("baseline", "one-bad-instance", "bad-spells", "recovery")
bad = s.expect_rule("bad-instance", "one-bad-instance", 502, least=20)
assert all(a["n"] % 4 == 0 for a in bad)
passed = len(s.of(phase="one-bad-instance", outcome="passed"))
assert abs(passed - 3 * len(bad)) <= 3, (passed, len(bad))

# A spell is a run of draws; ten on average, so far fewer runs than failures.
draws = sorted(a["n"] for a in s.expect_rule("spell", "bad-spells", 503))
runs = sum(n - 1 not in draws for n in draws)
assert len(draws) > 2 * runs, (len(draws), runs)

assert s.verdict("backoff first during bad-spells") == "fail"
assert s.verdict("retry on 502,503 for GET") != "fail"
