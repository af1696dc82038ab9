#!/usr/bin/python3
"""A redirect that every request is met with must still lead somewhere: curl and
Python's urllib, which spells a Location its own way, follow each code to the
real answer; the upstream sees what was asked for, without the mark.
"""
import json
import os
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy  # noqa: E402

CODES = (300, 301, 302, 303, 307, 308)
SCENARIO = "rules:\n" + "".join(
    f"  - {{rule: r{code}, match: {{query: {{code: '{code}'}}}}, "
    f"inject: {{status: {code}}}}}\n" for code in CODES)

with Proxy(SCENARIO) as p:
    base = "http://%s:%d/echo" % p.address
    for code in CODES:
        target = f"/echo?q=a%20b&code={code}"
        url = base + f"?q=a%20b&code={code}"
        out = subprocess.run(["curl", "-sL", "-w", "\n%{num_redirects}", url],
                             stdout=subprocess.PIPE, timeout=30).stdout
        body, redirects = out.rsplit(b"\n", 1)
        assert redirects == b"1", (code, out)
        assert json.loads(body)["target"] == target, body
        if code == 300:  # urllib takes it for an answer
            continue
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.status == 200
            assert json.load(answer)["target"] == target

    # A POST stays one with 307 and 308, with its body; with 303 it does not.
    for code, method in ((307, "POST"), (308, "POST"), (303, "GET")):
        out = subprocess.run(
            ["curl", "-sL", "-d", "tea", base + f"?code={code}"],
            stdout=subprocess.PIPE, timeout=30).stdout
        echo = json.loads(out)
        assert echo["method"] == method, echo
        assert ("tea" in json.dumps(echo)) == (method == "POST"), echo

followed = [a for a in p.attempts() if a["status"] == 200]
assert len(followed) == 2 * len(CODES) - 1 + 3
assert all(a["outcome"] == "passed" and a.get("skipped") for a in followed)
assert {a["path"] for a in p.attempts()} == {"/echo"}
