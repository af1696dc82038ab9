#!/usr/bin/python3
"""Certificates of clients: asked for, checked, and told apart by their subject.

With `optional` a client without one is served, one with a bad one is not; with
`required` both are refused. The subject is a client's identity before its
address: two of them from one address are two.
"""
import os
import ssl
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, certificate, status_of, trusting  # noqa: E402

ca = certificate("clients", ca=True)
anna, bert = certificate("anna", by=ca), certificate("bert", by=ca)
stranger = certificate("stranger")


def status(p, pair=None, version=None):
    context = trusting()
    if version:
        context.maximum_version = version
    if pair:
        context.load_cert_chain(*pair)
    try:
        with p.tls(context) as s:
            return status_of(ask(s)[0])
    except OSError:
        return None


for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
    with Proxy("", "--tls-self-signed", "--tls-client-ca", ca[0],
               "--tls-client-auth", "optional") as p:
        got = [status(p, who, version)
               for who in (None, anna, bert, stranger)]
    assert got == [200, 200, 200, None], got
    clients = [a["client"] for a in p.attempts()]
    assert len(set(clients)) == 3, clients
    with Proxy("", "--tls-self-signed", "--tls-client-ca", ca[0],
               "--tls-client-auth", "required") as p:
        got = [status(p, who, version)
               for who in (None, anna, bert, stranger)]
    assert got == [None, 200, 200, None], got

# Counted per client, each subject draws on its own, resumed or not.
with Proxy("rules:\n"
           "  - {rule: one, first: 1, per: client, inject: {status: 503}}\n",
           "--tls-self-signed", "--tls-client-ca", ca[0]) as p:
    got = [status(p, who) for who in (anna, bert, anna, bert)]
    assert got == [503, 503, 200, 200], got
    context = trusting()
    context.load_cert_chain(*anna)
    with p.tls(context) as s:
        assert status_of(ask(s)[0]) == 200
        session = s.session
    with p.connect() as raw, context.wrap_socket(
            raw, server_hostname="localhost", session=session) as s:
        assert s.session_reused and status_of(ask(s)[0]) == 200
assert len({a["client"] for a in p.attempts()}) == 2
