#!/usr/bin/python3
"""TLS to upstreams: verified unless switched off.

A proxy that takes any certificate is a hole that nobody sees. An upstream that
fails is a 502 that says why, not a hang. A session of one host is never offered
to another, since resuming one verifies nothing.
"""
import os
import ssl
import sys
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, Upstream, ask, certificate, head, status_of  # noqa: E402

ca, other_ca = certificate("ca", ca=True), certificate("other", ca=True)
good = certificate("good", "localhost", "IP:127.0.0.1", by=ca)
wrong = certificate("wrong", "elsewhere.test", by=ca)
client = certificate("client", by=ca)


def context(pair, client_ca=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(*pair)
    if client_ca:
        c.load_verify_locations(client_ca)
        c.verify_mode = ssl.CERT_REQUIRED
        c.maximum_version = ssl.TLSVersion.TLSv1_2
    return c


seen = []


def serve(s):
    seen.append((s.session_reused, s.getpeercert()))
    while True:
        request, _ = head(s)
        if request is None:
            return
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def through(u, *options, url=None):
    with Proxy("", *options, upstream=url or u.url) as p, p.connect() as s:
        got, _ = ask(s)
    return status_of(got), p.attempts()[0].get("cause", "")


TRUST = "--upstream-ca", ca[0]
with Upstream(serve, context(good)) as u:
    assert through(u, *TRUST)[0] == 200
    by_name = u.url.replace("127.0.0.1", "localhost")
    assert through(u, *TRUST, url=by_name)[0] == 200
    for options in (), ("--upstream-ca", other_ca[0]):
        status, cause = through(u, *options)
        assert status == 502 and "certificate" in cause, (status, cause)
    assert through(u, "--upstream-insecure")[0] == 200
    status, cause = through(u, *TRUST, "--upstream-name", "elsewhere.test")
    assert status == 502 and "mismatch" in cause.lower(), (status, cause)

with Upstream(serve, context(wrong)) as u:
    status, cause = through(u, *TRUST)
    assert status == 502 and "mismatch" in cause.lower(), (status, cause)
    assert through(u, *TRUST, "--upstream-name", "elsewhere.test")[0] == 200
    assert through(u, *TRUST, "--upstream-insecure")[0] == 200

with Upstream(serve, context(good, client_ca=ca[0])) as u:
    assert through(u, *TRUST)[0] == 502
    del seen[:]
    assert through(u, *TRUST, "--upstream-cert", client[0],
                   "--upstream-key", client[1])[0] == 200
    assert "client" in str(seen[0][1]["subject"]), seen

# Connections to an upstream resume; what speaks no TLS is a 502.
del seen[:]
with Upstream(serve, context(good)) as u, Proxy(
        "", *TRUST, "--pool-idle-timeout", "1ms", "--client-idle-timeout",
        "5s", upstream=u.url) as p:
    for _ in range(3):
        with p.connect() as s:
            assert status_of(ask(s)[0]) == 200
        time.sleep(0.1)
    assert [reused for reused, _ in seen] == [False, True, True], seen
del seen[:]
with Upstream(serve, context(good)) as u, Proxy(
        "", *TRUST, "--pool-idle-timeout", "1ms",
        "-u", u.url.replace("127.0.0.1", "localhost"), upstream=u.url) as p:
    for _ in range(4):  # in turn, each by its own name
        with p.connect() as s:
            assert status_of(ask(s)[0]) == 200
        time.sleep(0.1)
    assert [reused for reused, _ in seen] == [False, False, True, True], seen
with Upstream(lambda s: s.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as u:
    status, cause = through(u, *TRUST, url=u.url.replace("http:", "https:"))
    assert status == 502 and "TLS" in cause, (status, cause)
