#!/usr/bin/python3
"""captive-portal: one draw decides between an honest 511, a redirect to a
log-in page, and that page with status 200; repeating a 511 is held against the
client.
"""
import os
import sys
import threading

sys.path.insert(0, os.environ["FLOW"])
from stories import Story, at_once  # noqa: E402

answers, lock = [], threading.Lock()


def visit(i):
    got = s.insist(2, at_once)
    with lock:
        answers.extend(got)


with Story("captive-portal", 30) as s:
    s.crowd(4, visit)

s.expect_phases("baseline", "portal", "recovery")
hits = s.expect_rule("log-in-first", "portal", 200, 302, 511, least=30)
assert len(hits) == len(s.of(phase="portal"))
assert {a["upstream"] for a in hits} == {"none"}
moved = [a for a in answers if a.status == 302]
assert {a.fields["Location"] for a in moved} == {"http://portal.invalid/login"}
pages = [a for a in answers if b"Welcome aboard" in a.body]
assert pages and {(a.status, a.fields["Content-Type"].split(";")[0])
                  for a in pages} == {(200, "text/html")}
assert s.verdict("retry on 511") == "fail"
