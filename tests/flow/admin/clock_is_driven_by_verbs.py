#!/usr/bin/python3
"""start, stop, pause, resume and next move the scenario's clock."""
from lib.admin import *

PHASES = """scenario: phases
phases:
- {phase: quiet, for: 60s}
- phase: loud
  for: 60s
  rules: [{rule: busy, inject: {status: 503}}]
"""
with Serve() as s:
    s.api("PUT", "/v1/scenario", PHASES)
    check(s.get() == 200)
    state = s.api("POST", "/v1/scenario/next")
    check(state["phase"]["name"] == "loud" and s.get() == 503, state)
    state = s.api("POST", "/v1/scenario/pause")
    check(state["state"] == "paused" and s.get() == 503, state)
    into = state["phase"]["into"]
    state = s.api("GET", "/v1/scenario")
    check(state["phase"]["into"] == into, state)
    check(s.api("POST", "/v1/scenario/resume")["state"] == "running")
    state = s.api("POST", "/v1/scenario/stop")
    check(state["state"] == "stopped" and not state["armed"], state)
    check(s.get() == 200)
    s.api("POST", "/v1/scenario/pause", want=409)
    state = s.api("POST", "/v1/scenario/start")
    check(state["phase"]["name"] == "quiet" and s.get() == 200, state)
    s.api("POST", "/v1/scenario/next")
    check(s.api("POST", "/v1/scenario/next")["state"] == "over")
    s.api("POST", "/v1/scenario/next", want=409)
