#!/usr/bin/python3
"""Two certificates on one listener: the name that the client asks for chooses.

Without a name, or with one that nobody has, the first is shown; wild cards
cover one label (RFC 6066 3, RFC 9525 6.3).
"""
import os
import sys

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy, ask, certificate, openssl, status_of  # noqa: E402

a = certificate("a", "a.test", "*.a.test")
b = certificate("b", "b.test")
with Proxy("", "--tls-cert", a[0], "--tls-key", a[1],
           "--tls-cert", b[0], "--tls-key", b[1]) as p:
    def shown(name):
        said = openssl("s_client", "-connect", "%s:%d" % p.address,
                       *(["-servername", name] if name else ["-noservername"]))
        return said[said.index("subject="):].split("\n", 1)[0][-1]

    got = [shown(name) for name in
           (None, "a.test", "x.a.test", "y.x.a.test", "b.test", "B.Test",
            "nobody.test")]
    assert got == ["a", "a", "a", "a", "b", "b", "a"], got
    with p.tls(name="b.test") as s:
        assert status_of(ask(s)[0]) == 200
