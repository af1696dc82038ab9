#!/usr/bin/python3
"""What a rule's nth draw decides follows from the seed alone: not from the
number of workers, not from who comes first, not from other rules. Else nobody
could repeat a failure that a colleague saw.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy  # noqa: E402

REQUESTS = 600
RULES = """
  - {rule: some, rate: 20%, inject: {status: 503, retry_after: {one_of: [1s, 2s, 3s]}}}
  - {rule: even, rate: 10%, spread: even, inject: {status: 429}}
  - {rule: spell, burst: {enter: 5%, leave: 20%}, inject: {status: 500}}
  - rule: mix
    choose:
      - {rate: 10%, inject: {status: 502}}
      - {rate: 10%, inject: {status: 504, retry_after: {between: [1s, 60s]}}}
  - {rule: late, rate: 30%, inject: {delay: {uniform: [1ms, 400ms]}}}
"""
ANOTHER = "  - {rule: another, rate: 50%, inject: {headers: {set: {X-A: b}}}}"


def run(rules, workers, seed):
    """The decisions of a run, its clients crowding in: rule, n and draw of all
    that fired, and what came of it by rule and n."""
    with Proxy("rules:" + rules, "--threads", str(workers),
               "--seed", str(seed)) as p:
        url = "http://%s:%d/health?n=[1-%d]" % (*p.address, REQUESTS)
        subprocess.run(["curl", "-s", "--no-progress-meter", "-Z",
                        "--parallel-max", "40", "-o", os.devnull, url],
                       check=True, timeout=60)
    attempts = p.attempts()
    assert len(attempts) == REQUESTS
    fired = sorted(
        (r[0], r[1]) for a in attempts
        for r in a.get("plan") or ([[a["rule"], a["n"]]] if a["rule"] else []))
    came = {(a["rule"], a["n"]): (a["fault"], a["status"], a["outcome"],
                                  a["retry_after"])
            for a in attempts if a["rule"]}
    delays = {a["n"]: a["delay"] for a in attempts if a["rule"] == "late"}
    return fired, came, delays


def near(a, b):
    """The share of delays that are the same but for a timer's lateness."""
    both = a.keys() & b.keys()
    return sum(abs(a[n] - b[n]) < 0.04 for n in both) / len(both)


one = run(RULES, 1, 7)
four = run(RULES, 4, 7)
assert len(one[0]) > REQUESTS / 3
assert one[0] == four[0]
assert one[1] == four[1]
assert near(one[2], four[2]) > 0.9, near(one[2], four[2])
assert len({came[3] for came in one[1].values()}) > 10

other = run(RULES, 4, 8)
assert other[0] != one[0]
assert near(one[2], other[2]) < 0.5

more = run("\n" + ANOTHER + RULES, 4, 7)
assert [f for f in more[0] if f[0] != "another"] == one[0]
assert any(f[0] == "another" for f in more[0])
assert all(came == one[1][key] for key, came in more[1].items()
           if key in one[1] and key[0] != "late")
