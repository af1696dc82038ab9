#!/usr/bin/python3
"""lost-replies: the shop takes the order and the reply is lost. Who repeats it
with its key has one order; who repeats it without has two, and fails.
"""
import os
import sys
import threading

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

ORDER = dict(method="POST", path="/orders", body=b"tea")
lock = threading.Lock()
orders = []


def careful(i):
    with lock:
        orders.append(i)
        key = {"Idempotency-Key": f"order-{len(orders)}"}
    return s.insist(6, at_once, fields=key, named=False, **ORDER)


with Story("lost-replies", 50) as s:
    s.crowd(4, careful)
s.expect_phases("baseline", "lossy", "recovery")
lost = s.expect_rule("lost-reply", "lossy", least=9)
assert {a["fault"] for a in lost} == {"close", "status"}
# The shop did its work each time: at first with 201, for a repeat with 200.
assert all(a["upstream"] == "done" or a["fault"] == "close" for a in lost)
assert all(a["upstream"] != "none" for a in lost)
first = {a["op"] for a in lost if a["upstream_status"] == 201}
again = {a["op"] for a in s.of(upstream_status=200)}
assert first and len(first & again) > len(first) / 2, (first, again)
refused = s.expect_rule("not-taken", "lossy", 503)
assert all(a["upstream"] == "none" for a in refused)
assert s.verdict("unsafe_retry at /orders") != "fail"
assert s.verdict("key required at /orders") != "fail"

with Story("lost-replies", 50) as s:
    s.crowd(4, lambda i: s.insist(6, at_once, **ORDER))
assert s.verdict("unsafe_retry at /orders") == "fail"
assert s.verdict("key required at /orders") == "fail"
