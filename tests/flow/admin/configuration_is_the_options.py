#!/usr/bin/python3
"""conf/brownout.yaml is what the table of options says; the command line beats it."""
from lib.admin import *

example = subprocess.run([BROWNOUT, "serve", "--example"],
                         capture_output=True, text=True).stdout
with open(os.environ["FLOW"] + "/../../conf/brownout.yaml") as f:
    check(f.read() == example,
          "brownout serve --example >conf/brownout.yaml makes it anew")

s = Serve("-c", "brownout.yaml", origin=False, admin="unix:a.sock",
          listen="unix:p.sock")
s.file("brownout.yaml", example.replace("origin: false", "origin: true"))
with s:
    s.listen, s.admin = (f"unix:{s.dir}/{x}.sock" for x in "pa")
    check(s.get() == 200)
    check(s.api("GET", "/healthz")["status"] == "ok")
    check("listening on unix:p.sock" in s.read("err"))
    check("nothing armed" in s.read("err"), s.read("err"))
    mode = os.stat(s.dir + "/a.sock").st_mode & 0o777
    check(mode == 0o600, oct(mode))

for text, say in (
        ("listen: [127.0.0.1:0, x]\n", "c.yaml:1:23: listen: expected"),
        ("listn: x\n", 'c.yaml:1:1: unknown option "listn"; did you mean '
         '"listen"?'),
        ("threads: 0\n", "c.yaml:1:10: threads:"),
        ("threads: [1, 2]\n", "c.yaml:1:10: threads: expected a single"),
        ("origin: maybe\n", "c.yaml:1:9: origin: expected true or false"),
        ("threads: 1\nthreads: 2\n", "c.yaml:2:1:"),
        ("config: x\n", "c.yaml:1:1: a configuration names no other"),
        ("- x\n", "c.yaml:1:1: the configuration: expected a mapping"),
        ("for: 5\n", "c.yaml:1:6: for:")):
    with tempfile.TemporaryDirectory() as d:
        with open(d + "/c.yaml", "w") as f:
            f.write(text)
        for command in ("serve", "run"):
            r = subprocess.run([BROWNOUT, command, "-c", "c.yaml"], cwd=d,
                               capture_output=True, text=True)
            check(r.returncode == 2 and say in r.stderr, text, r)
