#!/usr/bin/python3
"""No token: exit 2 beyond loopback; a foreign Host or Origin is refused."""
from lib.admin import *

for address in ("0.0.0.0:0", "[::]:0"):
    r = subprocess.run([BROWNOUT, "serve", "--origin", "-l", "127.0.0.1:0",
                        "--admin", address], capture_output=True, text=True)
    check(r.returncode == 2 and "--admin-token-file" in r.stderr, r)

s = Serve("--admin-token-file", "token", "--admin-host", "brownout.test",
          admin="0.0.0.0:0")
s.file("token", "s3cret\n")
with s:
    port = s.admin.rsplit(":", 1)[1]
    s.admin = "127.0.0.1:" + port
    auth = {"Authorization": "Bearer s3cret"}
    status, headers, text = s.http("GET", "/v1/scenario")
    check(status == 401 and headers["WWW-Authenticate"].startswith("Bearer"))
    for wrong in ("Bearer s3cre", "Bearer s3cret2", "Bearer ", "s3cret",
                  "Basic s3cret"):
        s.api("POST", "/v1/off", headers={"Authorization": wrong}, want=401)
    s.api("GET", "/metrics", want=401)
    s.api("GET", "/v1/scenario", headers=auth)
    s.api("GET", "/healthz")
    for host, want in (("evil.example", 403), ("127.0.0.1.evil.example", 403),
                       ("localhost.evil.example:" + port, 403), ("", 403),
                       ("10.1.2.3", 403), ("127.0.0.1:" + port, 200),
                       ("[::1]:1", 200), ("LOCALHOST", 200),
                       ("brownout.test:" + port, 200)):
        for path in ("/healthz", "/v1/scenario"):
            s.api("GET", path, headers={**auth, "Host": host}, want=want)
    for origin, want in (("http://evil.example", 403), ("null", 403),
                         ("http://localhost:3000", 200)):
        s.api("POST", "/v1/on", headers={**auth, "Origin": origin}, want=want)
    s.file("other", "wrong")
    s.ctl("--token-file", "other", "status", want=2)
    check("no scenario" in s.ctl("--token-file", "token", "status"))
