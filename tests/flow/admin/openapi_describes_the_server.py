#!/usr/bin/python3
"""conf/openapi.yaml and the server know the same paths and methods."""
from lib.admin import *

import re

with open(os.environ["FLOW"] + "/../../conf/openapi.yaml") as f:
    text = f.read()
paths = re.split(r"^  (/\S*):$", text[text.index("\npaths:\n"):
                                      text.index("\ncomponents:\n")],
                 flags=re.M)
said = {}
for path, part in zip(paths[1::2], paths[2::2]):
    said[path] = {m.upper() for m in
                  re.findall(r"^    (get|put|post|patch|delete):$", part,
                             re.M)}
with open(os.environ["FLOW"] + "/../../src/admin/routes.def") as f:
    routes = re.findall(r'^ROUTE\((\w+), "([^"]*)"', f.read(), re.M)
there = {}
for method, path in routes:
    there.setdefault(path.replace("*", "{name}"), set()).add(method)
check(said == there, said, there)

with Serve() as s:
    for path, methods in said.items():
        status, headers, _ = s.http("DELETE", path.replace("{name}", "x"))
        allow = set(headers["Allow"].split(", ")) - {"HEAD"}
        check(status == 405 and allow == methods, path, allow)
