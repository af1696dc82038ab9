#!/usr/bin/python3
"""The access log in both formats, reopened with the journal on SIGUSR2."""
from lib.admin import *

import re

for form in ("json", "combined"):
    with Serve("--access-log", "log", "--access-log-format", form,
               "--journal", "journal") as s:
        s.api("PUT", "/v1/scenario", STORY)
        s.http("GET", "/health?x=1", address=s.listen,
               headers={"User-Agent": 'curl "8"', "Referer": "http://r/"})
        wait(lambda: "/health" in s.read("log"))
        line = s.read("log").splitlines()[0]
        if form == "json":
            x = json.loads(line)
            check(x["client"] == "127.0.0.1" and x["status"] == 503 and
                  x["rule"] == "busy" and x["fault"] == "status" and
                  x["user_agent"] == 'curl "8"' and
                  x["outcome"] == "injected", x)
        else:
            check(re.fullmatch(
                r'127\.0\.0\.1 - - \[[^]]*\] "GET /health HTTP/1\.1" 503 \d+ '
                r'"http://r/" "curl \\x228\\x22" [0-9.]+ injected busy status '
                r'1', line), line)
        for name in ("log", "journal"):
            os.rename(f"{s.dir}/{name}", f"{s.dir}/{name}.1")
        s.signal(signal.SIGUSR2)
        wait(lambda: os.path.exists(f"{s.dir}/log") and
             os.path.exists(f"{s.dir}/journal"))
        s.get("/two")
        wait(lambda: "/two" in s.read("log") and "/two" in s.read("journal"))
        check("/two" not in s.read("log.1") + s.read("journal.1"))
        head = json.loads(s.read("journal").splitlines()[0])
        check(head["scenario"] == "story", head)
