#!/usr/bin/python3
"""A client that comes back resumes its session, with any worker and version.

A full handshake costs a signature; clients without keep-alive would pay it for
each request.
"""
import os
import ssl
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import GET, Proxy, ask, openssl, status_of, trusting  # noqa: E402

with Proxy("", "--tls-self-signed", "--threads", "2") as p:
    for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
        context = trusting()
        context.maximum_version = version
        with p.tls(context) as s:
            assert not s.session_reused
            ask(s)
            session = s.session
        for _ in range(6):
            with p.connect() as raw, context.wrap_socket(
                    raw, server_hostname="localhost", session=session) as s:
                assert s.session_reused, version
                assert status_of(ask(s)[0]) == 200
    at = "%s:%d" % p.address
    said = openssl("s_client", "-connect", at, "-tls1_2", "-reconnect")
    assert said.count("Reused, TLSv1.2") == 5, said
    openssl("s_client", "-connect", at, "-sess_out", "session", "-ign_eof",
            data=GET)
    said = openssl("s_client", "-connect", at, "-sess_in", "session")
    assert "Reused, TLSv1.3" in said, said
