#!/usr/bin/python3
"""Metrics: what promtool takes, with the numbers of what was played."""
from lib.admin import *

with Serve() as s:
    s.api("PUT", "/v1/scenario", """scenario: story
rules:
- {rule: half, match: {path: /search}, rate: 50%, spread: even, inject: {status: 503}}
- {rule: slow, match: {path: /health}, inject: {delay: 20ms}}
""")
    codes = [s.get('/search?q=a') for _ in range(10)] + [s.get("/health")]
    check(codes.count(503) == 5, codes)

    def metrics():
        return s.http("GET", "/metrics")[2].decode()

    wait(lambda: "brownout_recorded_requests_total 11\n" in metrics())
    text = metrics()
    for line in ('brownout_requests_total{outcome="injected"} 6',
                 'brownout_requests_total{outcome="passed"} 5',
                 'brownout_responses_total{code="503",class="5xx"} 5',
                 'brownout_rule_matched_total{rule="half"} 10',
                 'brownout_rule_injected_total{rule="half"} 5',
                 'brownout_rule_configured_ratio{rule="half"} 0.5',
                 'brownout_faults_total{rule="slow",fault="delay",class="2xx"} 1',
                 'brownout_request_duration_seconds_bucket{le="0.01"} 10',
                 'brownout_request_undelayed_duration_seconds_bucket{le="0.01"} 11',
                 'brownout_armed 1', 'brownout_off 0'):
        check(line + "\n" in text, line, text)
    check('brownout_upstream_up{upstream="http://' in text)
    for line in text.splitlines():
        name = line.split()[2] if line[0] == "#" else line.split("{")[0]
        check(name.startswith("brownout_"), line)
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not there: format not checked; see scripts/setup")
    else:
        r = subprocess.run([promtool, "check", "metrics"], input=text,
                           capture_output=True, text=True)
        check(r.returncode == 0 and r.stderr == "", r.stderr)
