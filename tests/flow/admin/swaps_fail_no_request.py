#!/usr/bin/python3
"""A hundred scenario swaps under load: no request fails."""
from lib.admin import *

with Serve("--threads", "2", "--journal", "journal") as s:
    with Load(s.listen) as load:
        for i in range(100):
            s.api("PUT", "/v1/scenario",
                  f"scenario: swap{i}\n"
                  "rules: [{rule: slow, rate: 20%, inject: {delay: 5ms}}]\n")
        check(s.api("GET", "/v1/scenario")["version"] == 101)
        n = len(load.seen)
        wait(lambda: len(load.seen) > max(n + 100, 500))
    bad = [x for x in load.seen if x[1] != 200]
    check(not bad and len(load.seen) > 500, len(load.seen), bad[:5])
    wait(lambda: s.read("journal").count('"scenario":"swap') == 100)
