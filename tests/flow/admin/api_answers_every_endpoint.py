#!/usr/bin/python3
"""Every resource answers as the contract says, and no other."""
from lib.admin import *

with Serve() as s:
    check(s.api("GET", "/healthz")["status"] == "ok")
    check(s.api("GET", "/readyz") == {"ready": True})
    state = s.api("GET", "/v1/scenario")
    check(state["name"] is None and state["state"] == "none", state)
    check(not state["armed"], state)
    check(s.get() == 200)
    s.api("GET", "/v1/verdict", want=404)
    s.api("POST", "/v1/scenario/start", want=409)

    state = s.api("PUT", "/v1/scenario", STORY)
    check(state["version"] == 2 and state["armed"], state)
    check(s.get() == 503 and s.get("/") == 200)
    status, headers, text = s.http(
        "GET", "/v1/scenario", headers={"Accept": "application/yaml"})
    check(text.decode() == STORY, text)

    bad = s.api("PUT", "/v1/scenario", "scenario: x\nrulez: 1\n", want=422)
    check(bad["problems"][0]["line"] == 2 and
          'did you mean "rules"' in bad["reason"], bad)
    check(s.api("GET", "/v1/scenario")["version"] == 2 and s.get() == 503)
    s.api("PUT", "/v1/scenario", "", want=422)
    s.api("PUT", "/v1/scenario", "x" * (1 << 20) + "y", want=413)

    rules = s.api("GET", "/v1/rules")["rules"]
    check([r["name"] for r in rules] == ["busy"] and
          rules[0]["injected"] == 2, rules)
    s.api("PATCH", "/v1/rules/none", {"enabled": False}, want=404)
    for wrong in ({}, {"rate": 5}, {"rate": "5"}, {"enabled": 1},
                  {"speed": 1}, {"enabled": True, "expires": "soon"}):
        s.api("PATCH", "/v1/rules/busy", wrong, want=422)
    s.api("PATCH", "/v1/rules/busy", "{", want=400)
    rule = s.api("PATCH", "/v1/rules/busy", {"enabled": False})
    check(not rule["enabled"] and rule["expires"] is None, rule)
    check(s.get() == 200)
    s.api("PATCH", "/v1/rules/busy", {"enabled": True})
    check(s.get() == 503)

    verdict = s.api("GET", "/v1/verdict")
    check(verdict["partial"] and verdict["scenario"] == "story", verdict)
    wait(lambda: len(s.api("GET", "/v1/attempts")["attempts"]) >= 5)
    last = s.api("GET", "/v1/attempts?limit=1")["attempts"]
    check(len(last) == 1 and last[0]["status"] == 503 and
          last[0]["rule"] == "busy", last)
    s.api("GET", "/v1/attempts?limit=x", want=400)

    check(s.api("POST", "/v1/off")["off"] and s.get() == 200)
    check(not s.api("POST", "/v1/on")["off"] and s.get() == 503)
    check(s.api("POST", "/v1/off", {"expires": "300ms"})["off_expires"] > 0)
    check(s.get() == 200)
    wait(lambda: s.get() == 503)

    check(s.http("GET", "/")[0] == 200)
    check(s.api("GET", "/nothing", want=404)["error"])
    for method, path, allow in (
            ("DELETE", "/v1/scenario", "GET, HEAD, PUT"),
            ("GET", "/v1/off", "POST"), ("GET", "/v1/rules/busy", "PATCH"),
            ("POST", "/metrics", "GET, HEAD")):
        status, headers, text = s.http(method, path)
        check(status == 405 and headers["Allow"] == allow, path, headers)
    for path in ("/healthz", "/v1/scenario", "/metrics", "/"):
        _, _, text = s.http("GET", path)
        status, headers, body = s.http("HEAD", path)
        check(status == 200 and body == b"", path)
        check(path != "/healthz" or
              int(headers["Content-Length"]) == len(text), headers)
