#!/usr/bin/python3
"""ctl: every verb, human and JSON, with its exit statuses."""
from lib.admin import *

with Serve(admin="unix:a.sock") as s:
    s.file("story.yaml", STORY)
    check("no scenario" in s.ctl("status"))
    check("story (version 2): running" in s.ctl("put", "story.yaml"))
    s.ctl("put", "-", input=STORY)
    check(s.get() == 503)
    check("busy: enabled, rate 100%; matched 1, injected 1" in s.ctl("rules"))
    check("rate 10% (changed for" in
          s.ctl("patch", "busy", "--rate", "10%", "--expires", "30s"))
    check("; off (for" in s.ctl("off", "--expires", "9s"))
    check("; armed" in s.ctl("on"))
    check("paused" in s.ctl("pause"))
    for verb in ("resume", "stop", "start", "next", "verdict"):
        s.ctl(verb)
    wait(lambda: "/health" in s.ctl("attempts", "5"))
    check(json.loads(s.ctl("--json", "status"))["name"] == "story")
    p = subprocess.Popen([BROWNOUT, "ctl", "--admin", "unix:a.sock", "events"],
                         cwd=s.dir, stdout=subprocess.PIPE, text=True)
    check(p.stdout.readline() == "id: 1\n")
    p.kill()
    p.wait()
    s.file("bad.yaml", "scenario: x\nrulez: 1\n")
    s.ctl("put", "bad.yaml", want=2)
    s.ctl("put", "none.yaml", want=2)
    s.ctl("patch", "none", "--disable", want=2)
    s.ctl("patch", "busy", want=2)
    s.ctl("fly", want=2)
    s.ctl("off", "now", want=2)
    s.ctl("--admin", "127.0.0.1:1", "status", want=4)
