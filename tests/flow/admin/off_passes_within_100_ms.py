#!/usr/bin/python3
"""The kill switch: everything passes within 100 ms, under load, each way."""
from lib.admin import *

with Serve("--threads", "2") as s:
    s.api("PUT", "/v1/scenario", STORY)
    for way in (lambda: s.api("POST", "/v1/off"), lambda: s.ctl("off"),
                lambda: s.signal(signal.SIGUSR1)):
        with Load(s.listen) as load:
            wait(lambda: len(load.seen) > 200)
            check(all(x[1] == 503 for x in load.seen))
            way()
            t = time.monotonic()
            wait(lambda: time.monotonic() > t + 0.5)
        late = [x for x in load.seen if x[0] > t + 0.1 and x[1] != 200]
        after = [x for x in load.seen if x[0] > t + 0.1]
        check(not late and len(after) > 50, late[:3], len(after))
        s.api("POST", "/v1/on")
        check(s.get() == 503)
    s.api("POST", "/v1/off")
    s.api("PUT", "/v1/scenario", STORY)
    check(s.get() == 200, "off outlives a new scenario")

# Who waits already passes, too, whatever makes it wait.
for fault in ("timeout: 30s", "delay: 30s", "{delay: 30s, status: 503}",
              "{status: 503, after: 30s}", "hang: {at: request_head, for: 30s}",
              "delay: {uniform: [30s, 31s], side: response}"):
    with Serve() as s:
        fault = fault if fault[0] == "{" else "\n    " + fault
        s.api("PUT", "/v1/scenario", "scenario: waits\nrules:\n- rule: wait\n"
              "  match: {path: /health}\n  inject: " + fault + "\n")
        seen = []
        t = threading.Thread(target=lambda: seen.append(s.get()))
        t.start()
        wait(lambda: "brownout_active_faults 1\n" in
             s.http("GET", "/metrics")[2].decode())
        began = time.monotonic()
        s.api("POST", "/v1/off")
        t.join(10)
        took = time.monotonic() - began
        check(seen == [200] and took < 0.3, fault, seen, took)
        wait(lambda: s.api("GET", "/v1/attempts")["attempts"])
