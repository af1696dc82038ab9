#!/usr/bin/python3
"""scenarios/README.md is the language: its tables are those of the loader, each
fault has a row and a scenario, and what it shows as an example loads.
"""
import os
import re
import subprocess
import tempfile

BROWNOUT = os.environ["BROWNOUT"]
TOP = os.path.join(os.environ["FLOW"], "..", "..")
with open(os.path.join(TOP, "scenarios/README.md")) as f:
    page = f.read()
folder = tempfile.TemporaryDirectory(prefix="reference-")

# The tables: of the schema in conf/, which is the one that the loader prints.
done = subprocess.run([os.path.join(TOP, "scripts/reference"), "--check"],
                      stdout=subprocess.PIPE, timeout=30)
assert done.returncode == 0, done.stdout.decode()
printed = subprocess.run([BROWNOUT, "check", "--schema"], check=True,
                         stdout=subprocess.PIPE, timeout=30).stdout
with open(os.path.join(TOP, "conf/scenario.schema.json"), "rb") as f:
    assert f.read() == printed


def load(text, what):
    path = os.path.join(folder.name, "example.yaml")
    with open(path, "w") as f:
        f.write(text)
    done = subprocess.run([BROWNOUT, "check", path], timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, (what, text, done.stdout.decode())
    return done.stdout.decode()


blocks = re.findall(r"```yaml\n(.*?)```", page, re.S)
assert len(blocks) >= 6
for block in blocks:
    assert "warning" not in load(block, "block"), block

with open(os.path.join(TOP, "src/fault/faults.def")) as f:
    faults = re.findall(r"^FAULT\((\w+)\)", f.read(), re.M)
assert len(faults) >= 18
for fault in faults:
    assert f"| [`{fault}`]({fault}.yaml) |" in page, fault

# Each table's own keys with their examples, put where they belong. What only
# stands beside another key has it beside.
RULES = """scenario: example
phases:
  - {phase: baseline, for: 15s}
  - phase: throttled
    for: 15s
    rules: [{rule: throttle-search, inject: {status: 503, retry_after: 1s}}]
  - {phase: outage, for: 15s, rules: [{rule: b, inject: {timeout: 9s}}]}
  - {phase: recovery, for: 15s}
"""
RULE = "scenario: example\nrules: [{rule: a, %s}]\n"
PLACES = {
    "definitions/match": RULE % "match: {%s}, inject: {status: 503}",
    "definitions/inject": RULE % "inject: {%s}",
    "definitions/inject/properties/retry_after":
        RULE % "inject: {status: 503, retry_after: {%s}}",
    "definitions/connection_inject":
        "scenario: example\nconnections: [{rule: a, inject: {%s}}]\n",
    "definitions/identity": "scenario: example\nidentity: {%s}\n",
    "properties/guard": "scenario: example\nguard: {%s}\n",
    "properties/verdict": RULES + "expect: [{attempts: 4}]\nverdict: {%s}\n",
    "definitions/expect/items": RULES + "expect: [{%s}]\n",
    "definitions/rules/items":
        "scenario: example\nphases: [{phase: a, for: 9s, rules: [{%s}]}]\n",
    "definitions/phases/items": "scenario: example\nphases: [{%s}]\n",
    "/": "%s\n",
}
BESIDE = {
    "definitions/inject": {
        "after": "status: 503", "upstream": "status: 503",
        "reason": "status: 503", "content_type": "status: 503",
        "retry_after": "status: 503"},
    "definitions/inject/properties/retry_after": {
        "format": "value: 3s", "enforce": "value: 3s"},
    "definitions/expect/items": dict.fromkeys(
        ("during", "rule", "status", "method", "path"), "attempts: 4"),
    "definitions/rules/items": dict.fromkeys(
        ("rule", "description", "rate", "every", "first", "burst", "per",
         "spread", "limit", "match", "inject", "choose"), "rule: a"),
    "definitions/phases/items": dict.fromkeys(
        ("description", "for", "repeat", "rules", "connections"), "phase: a"),
}
BESIDE["definitions/expect/items"]["after"] = "recover: {within: 10s}"
for key in ("recover", "settle", "herd"):
    BESIDE["definitions/expect/items"][key] = "after: outage"


def beside(pointer, key):
    more = BESIDE.get(pointer, {}).get(key)
    parts = [more] if more and not more.startswith(key + ":") else []
    if pointer == "definitions/rules/items":
        if key not in ("inject", "choose"):
            parts.append("inject: {status: 503}")
        if key in ("per", "spread", "limit"):
            parts.append("rate: 20%")
    if pointer == "definitions/phases/items" and key == "repeat":
        parts.append("for: 30s")
    if pointer == "/" and key != "scenario":
        parts.append("scenario: example")
    return parts


tables = re.findall(r"<!-- table: (\S+)[^>]*-->\n(.*?)<!-- end -->", page, re.S)
assert {t[0] for t in tables} == set(PLACES)
for pointer, rows in tables:
    tried = 0
    for key, example in re.findall(
            r"^\| `(\w+)` \|.*\| `([^`]*)` \|[^|]*(?:\\\|[^|]*)*\|$", rows,
            re.M):
        items = beside(pointer, key) + [f"{key}: {example}"]
        glue = "\n" if pointer == "/" else ", "
        load(PLACES[pointer] % glue.join(items), f"{pointer} {key}")
        tried += 1
    assert 0 < tried == len(re.findall(r"^\| `\w+` \|", rows, re.M)), pointer
    print(pointer, tried)
