#!/usr/bin/python3
"""Certificates that a client must refuse: of the past, for another name, signed
by nobody.

A client that does not look gets through, and that is what this is to show. They
are made at start and are like the listener's own but for what is wrong: with
the CA of --tls-fault-ca trusted, the fault is all that a client complains of. A
session from before does not help a client around it, nor does one from a bad
connection stay good.
"""
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import (Proxy, ask, certificate, openssl, status_of,  # noqa: E402
                  trusting)

WANT = {"expired": "certificate has expired",
        "wrong_host": "Hostname mismatch",
        "self_signed": "self-signed certificate"}


def complaint(p, context, name="localhost"):
    try:
        with p.tls(context, name) as s:
            assert status_of(ask(s)[0]) == 200
        return None
    except ssl.SSLCertVerificationError as e:
        return e.verify_message


def shown(p, name):
    """The certificate as openssl s_client sees it."""
    pem = openssl("s_client", "-connect", "%s:%d" % p.address,
                  "-servername", name)
    pem = pem[pem.index("-----BEGIN"):]
    return openssl("x509", "-noout", "-subject", "-ext", "subjectAltName",
                   "-dates", data=pem.encode())


for kind, words in WANT.items():
    with Proxy("connections:\n"
               f"  - {{rule: bad, first: 1, inject: {{tls: {kind}}}}}\n",
               "--tls-self-signed", "--tls-fault-ca", "ca.pem") as p:
        trust = trusting("ca.pem")
        said = complaint(p, trust)
        assert said is not None and words in said, (kind, said)
        assert complaint(p, trust) is None
    with Proxy("connections:\n"
               f"  - {{rule: bad, first: 1, inject: {{tls: {kind}}}}}\n",
               "--tls-self-signed") as p:
        with p.tls() as s:  # a client that does not look
            assert status_of(ask(s)[0]) == 200
    assert len(p.attempts()) == 1
    # curl says so too
    with Proxy("connections:\n"
               f"  - {{rule: bad, inject: {{tls: {kind}}}}}\n",
               "--tls-self-signed", "--tls-fault-ca", "ca.pem") as p:
        url = "https://localhost:%d/health" % p.address[1]
        curl = ["curl", "-4", "-sS", "--cacert", "ca.pem", url]
        done = subprocess.run(curl, capture_output=True, timeout=20)
        assert done.returncode == 60, done
        done = subprocess.run([*curl, "-k"], capture_output=True, timeout=20)
        assert done.returncode == 0, done

# Beside each certificate of a listener there are bad ones of its own.
a, b = certificate("a", "a.test", "*.a.test"), certificate("b", "b.test")
pairs = ["--tls-cert", a[0], "--tls-key", a[1],
         "--tls-cert", b[0], "--tls-key", b[1]]
with Proxy("connections:\n  - {rule: bad, inject: {tls: expired}}\n",
           *pairs) as p:
    text = shown(p, "x.a.test")
    assert "CN = a\n" in text and "DNS:*.a.test" in text, text
    text = shown(p, "b.test")
    assert "CN = b\n" in text and "DNS:b.test" in text, text
with Proxy("connections:\n  - {rule: bad, inject: {tls: wrong_host}}\n",
           *pairs) as p:
    text = shown(p, "b.test")
    assert "CN = b\n" not in text and "DNS:b.test" not in text, text

# No way around by a session, in neither version.
for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    with Proxy("connections:\n"
               "  - {rule: bad, every: 2, inject: {tls: expired}}\n",
               "--tls-self-signed", "--tls-fault-ca", "ca.pem") as p:
        trust = trusting("ca.pem")
        trust.maximum_version = version
        with p.tls(trust) as s:
            ask(s)
            session = s.session
        try:
            with p.connect() as raw, trust.wrap_socket(
                    raw, server_hostname="localhost", session=session):
                raise AssertionError("let in by its session")
        except ssl.SSLCertVerificationError as e:
            assert "expired" in e.verify_message, e
        with p.connect() as raw, trust.wrap_socket(
                raw, server_hostname="localhost", session=session) as s:
            assert s.session_reused
            assert status_of(ask(s)[0]) == 200
