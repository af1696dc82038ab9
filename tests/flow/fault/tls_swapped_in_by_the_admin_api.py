#!/usr/bin/python3
"""A scenario that wants bad certificates, loaded into a running server that had
none made: they are there with its first connection, and gone with the next
scenario.
"""
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, status_of, trusting  # noqa: E402


class Server(Proxy):
    """`serve` in place of `run`; its scenario comes later."""

    def __enter__(self):
        self.log = open(self.file("log"), "w+")
        self.process = subprocess.Popen(
            [os.environ["BROWNOUT"], "serve", "-q", "-l", "127.0.0.1:0",
             "--ready-file", self.file("ready"), "--admin", "127.0.0.1:0",
             "--threads", "2", "--origin", *self.options],
            stdout=self.log, stderr=self.log)
        while not os.path.exists(self.file("ready")):
            assert self.process.poll() is None, self.said()
            time.sleep(0.01)
        with open(self.file("ready")) as f:
            ready = json.load(f)
        self.admin = ready["admin"]
        host, port = ready["listen"][0].rsplit(":", 1)
        self.address = (host, int(port))
        return self

    def play(self, scenario):
        request = urllib.request.Request(
            f"http://{self.admin}/v1/scenario", method="PUT",
            data=("scenario: flow\n" + scenario).encode())
        urllib.request.urlopen(request, timeout=10).close()


def complaint(p, trust):
    try:
        with p.tls(trust) as s:
            assert status_of(ask(s)[0]) == 200
        return ""
    except ssl.SSLCertVerificationError as e:
        return e.verify_message


def comes(p, trust, words):
    """Whether, once all workers know the scenario, that is said each time."""
    end = time.monotonic() + 5
    good = 0
    while good < 8 and time.monotonic() < end:
        good = good + 1 if words in (complaint(p, trust) or "none") else 0
    return good == 8


with Server("", "--tls-self-signed", "--tls-fault-ca", "ca.pem") as p:
    trust = trusting("ca.pem")
    assert complaint(p, trust) == ""
    p.play("connections:\n  - {rule: bad, inject: {tls: expired}}\n")
    assert comes(p, trust, "expired")
    p.play("connections:\n  - {rule: bad, inject: {tls: wrong_host}}\n")
    assert comes(p, trust, "mismatch")
    p.play("")
    assert comes(p, trust, "none")
