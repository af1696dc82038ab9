#!/usr/bin/python3
"""SIGHUP: configuration, scenario and certificates, whole or not at all."""
from lib.admin import *

def make(s, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
         "-keyout", "key.pem", "-out", "cert.pem", "-days", "1"],
        cwd=s.dir, check=True, capture_output=True)


def name(s):
    import ssl
    host, port = s.listen.rsplit(":", 1)
    der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(
        (host, int(port))))
    return "first" if b"first" in der else "second"


CONFIG = """listen: 127.0.0.1:0
origin: true
admin: 127.0.0.1:0
tls-cert: [cert.pem]
tls-key: [key.pem]
"""
s = Serve("-c", "brownout.yaml", origin=False, admin=None, listen=None)
make(s, "first")
s.file("brownout.yaml", CONFIG)
with s:
    check(name(s) == "first")
    check(s.api("GET", "/v1/scenario")["name"] is None)
    s.api("PUT", "/v1/scenario", CALM)
    s.signal(signal.SIGHUP)
    wait(lambda: "read again" in s.read("err"))
    check(s.api("GET", "/v1/scenario")["name"] == "calm")
    s.file("story.yaml", STORY)
    s.file("brownout.yaml", CONFIG + "scenario: story.yaml\n")
    make(s, "second")
    s.signal(signal.SIGHUP)
    wait(lambda: s.api("GET", "/v1/scenario")["name"] == "story")
    check(name(s) == "second")

    version = s.api("GET", "/v1/scenario")["version"]
    for what, file, text, say in (
            ("scenario", "story.yaml", "scenario: x\nrulez: 1\n",
             'story.yaml:2:1: unknown key "rulez"'),
            ("key", "brownout.yaml", CONFIG + "listn: x\n",
             'brownout.yaml:6:1: unknown option "listn"; did you mean '
             '"listen"?'),
            ("certificate", "cert.pem", "none", "no usable certificate")):
        s.file(file, text)
        s.signal(signal.SIGHUP)
        wait(lambda: say in s.read("err"))
        wait(lambda: s.read("err").rstrip().endswith("nothing has changed"))
        check(s.api("GET", "/v1/scenario")["version"] == version, what)
        s.file("story.yaml", STORY)
        s.file("brownout.yaml", CONFIG + "scenario: story.yaml\n")
    check(name(s) == "second")

    make(s, "first")
    s.file("brownout.yaml", CONFIG)
    s.signal(signal.SIGHUP)
    wait(lambda: s.api("GET", "/v1/scenario")["name"] is None)
    check(name(s) == "first")
