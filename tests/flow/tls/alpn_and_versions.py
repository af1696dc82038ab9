#!/usr/bin/python3
"""What is agreed on in a handshake: protocol and version.

http/1.1 is what we speak; a client that offers only others is told so by an
alert and not answered in a protocol that it does not know (RFC 7301 3.2). TLS
1.2 and 1.3 are spoken, older ones never, and --tls-min 1.3 leaves only that.
"""
import os
import ssl
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, openssl, status_of, trusting  # noqa: E402

OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def agreed(p, protocols=(), version=None):
    context = trusting()
    if protocols:
        context.set_alpn_protocols(protocols)
    if version:
        context.minimum_version = context.maximum_version = version
    try:
        with p.tls(context) as s:
            assert status_of(ask(s)[0]) == 200
            return s.selected_alpn_protocol(), s.version()
    except ssl.SSLError as e:
        return str(e)


with Proxy("", "--tls-self-signed") as p:
    assert agreed(p) == (None, "TLSv1.3")
    assert agreed(p, version=OLD) == (None, "TLSv1.2")
    for version in OLD, NEW:
        name = "TLSv1.2" if version == OLD else "TLSv1.3"
        assert agreed(p, ["http/1.1"], version) == ("http/1.1", name)
        assert agreed(p, ["h9", "http/1.1"], version) == ("http/1.1", name)
        said = agreed(p, ["h9"], version)
        assert "alert no application protocol" in said, said
    said = openssl("s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0",
                   "-connect", "%s:%d" % p.address)
    assert "alert protocol version" in said, said

with Proxy("", "--tls-self-signed", "--tls-min", "1.3") as p:
    assert agreed(p, version=NEW) == (None, "TLSv1.3")
    said = agreed(p, version=OLD)
    assert "alert protocol version" in said, said
