#!/usr/bin/python3
"""A changed rule goes back by itself to what the file says."""
from lib.admin import *

with Serve() as s:
    s.api("PUT", "/v1/scenario", STORY)
    rule = s.api("PATCH", "/v1/rules/busy",
                 {"rate": "0%", "expires": "400ms"})
    check(rule["changed"] and rule["rate"] == "0%", rule)
    check(0 < rule["expires"] <= 0.4, rule)
    check(all(s.get() == 200 for _ in range(5)))
    # without a request in between
    wait(lambda: not s.api("GET", "/v1/rules")["rules"][0]["changed"])
    rule = s.api("GET", "/v1/rules")["rules"][0]
    check(rule["rate"] == "100%" and s.get() == 503, rule)
    s.ctl("patch", "busy", "--disable", "--expires", "300ms")
    check(s.get() == 200)
    wait(lambda: s.get() == 503)
