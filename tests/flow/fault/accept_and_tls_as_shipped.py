#!/usr/bin/python3
"""The shipped scenarios of connections, played with curl as their comments say:
every kind of failure that they promise comes, and some connections are served.
"""
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy  # noqa: E402

scenarios = os.environ["SCENARIOS"]


def curl(*args):
    """curl's exit status and how long it took."""
    began = time.monotonic()
    done = subprocess.run(["curl", "-4", "-s", "-o", "out", "--max-time", "2",
                           *args], timeout=20)
    return done.returncode, time.monotonic() - began


def play(name, *options, curl_options):
    with Proxy(f"{scenarios}/{name}.yaml", "--time-scale", "2.5",
               *options) as p, ThreadPoolExecutor(12) as pool:
        url = "%s://localhost:%d/health" % (
            "https" if options else "http", p.address[1])
        assert curl(*curl_options, url)[0] == 0  # the baseline
        time.sleep(2.2)
        return list(pool.map(lambda _: curl(*curl_options, url), range(60)))


OK, RESET, TIMEOUT, CERTIFICATE = {0}, {35, 52, 55, 56, 7}, {28}, {60}
for name, options, curl_options, kinds in (
        ("accept", (), (), (OK, RESET, TIMEOUT)),
        ("tls", ("--tls-self-signed", "--tls-fault-ca", "ca.pem"),
         ("--cacert", "ca.pem"), (OK, RESET, TIMEOUT, CERTIFICATE))):
    got = play(name, *options, curl_options=curl_options)
    for kind in kinds:
        assert any(status in kind for status, _ in got), (name, kind, got)
    assert all(any(status in kind for kind in kinds)
               for status, _ in got), (name, got)
    if name == "accept":
        assert any(status == 0 and took >= 0.5 for status, took in got), got
