#!/usr/bin/env python3
"""The files of conf/ against the program: a dashboard that asks for a metric
which has another name stays empty, and nobody is told. Each linter that is not
here is named."""
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

CONF = os.path.abspath(os.path.join(os.environ["SCENARIOS"], "../conf"))
TOP = os.path.dirname(CONF)
BROWNOUT = os.environ["BROWNOUT"]
# Of Prometheus itself.
FOREIGN = {"instance", "job", "le"}
SCENARIO = """scenario: conf
phases:
  - {phase: alone, rules: [{rule: r, inject: {status: 503}}]}
"""


def check(what, ok):
    if not ok:
        raise AssertionError(what)


def text(name):
    with open(f"{CONF}/{name}", encoding="utf-8") as file:
        return file.read()


def run(*command, **more):
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.STDOUT, check=False, **more)
    return ran.returncode, ran.stdout


def linter(name):
    if shutil.which(name):
        return True
    print(f"{name} is not here: skipped")
    return False


def metrics(top):
    """GET /metrics after some requests: name -> its labels."""
    with open(f"{top}/s.yaml", "w", encoding="utf-8") as to:
        to.write(SCENARIO)
    serve = subprocess.Popen(
        [BROWNOUT, "serve", "--origin", "-q", "-l", "127.0.0.1:0", "--admin",
         "127.0.0.1:0", "--ready-file", f"{top}/ready", "--scenario",
         f"{top}/s.yaml"], stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(f"{top}/ready"):
            check("serve runs", serve.poll() is None)
            time.sleep(0.02)
        with open(f"{top}/ready", encoding="utf-8") as file:
            ready = json.load(file)
        get(ready["listen"][0], "/")
        found = {}
        while "brownout_faults_total" not in found:
            found = parse(get(ready["admin"], "/metrics"))
        return found
    finally:
        serve.terminate()
        check("serve ends by itself", serve.wait(20) is not None)


def get(address, path):
    there = http.client.HTTPConnection(address, timeout=20)
    there.request("GET", path)
    answer = there.getresponse().read().decode()
    there.close()
    return answer


def parse(exposition):
    found = {}
    for name, labels in re.findall(r"^(brownout_\w+)(?:\{(.*)\})? ",
                                   exposition, re.M):
        found.setdefault(name, set()).update(
            re.findall(r'(\w+)="', labels))
    return found


def expressions():
    """Every PromQL expression of conf/, with where it is."""
    board = json.loads(text("grafana-dashboard.json"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for note in board["annotations"]["list"]:
        yield note["name"], note["expr"]
    rules = text("prometheus-alerts.yaml")
    for name, body in re.findall(r"- alert: (\w+)\n(.*?)annotations:", rules,
                                 re.S):
        yield name, body.split("expr:")[1]


def metrics_exist(there):
    n = 0
    for where, expr in expressions():
        for name, labels in re.findall(r"(brownout_\w+)(?:\{([^}]*)\})?", expr):
            n += 1
            check(f"{where}: {name} is no metric", name in there)
            for label in re.findall(r"(\w+)\s*[=!]", labels):
                check(f"{where}: {name} has no label {label}",
                      label in there[name] | FOREIGN)
        names = re.findall(r"brownout_\w+", expr)
        known = FOREIGN.union(*(there[name] for name in names))
        for by in re.findall(r"by \(([^)]*)\)", expr):
            for label in by.replace(" ", "").split(","):
                check(f"{where}: there is no label {label}", label in known)
    check("something was looked at", n > 40)


def panels_fit():
    panels = json.loads(text("grafana-dashboard.json"))["panels"]
    cells = set()
    for panel in panels:
        at = panel["gridPos"]
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])}
        check(f"{panel['title']} lies over another", not mine & cells)
        check(f"{panel['title']} is too wide", at["x"] + at["w"] <= 24)
        cells |= mine
    check("ids", len({p["id"] for p in panels}) == len(panels))


def options_exist():
    """Long options of command lines are those of some command's --help."""
    known = set()
    for command in ("serve", "origin", "ctl"):
        known |= set(re.findall(r"--[a-z-]+", run(BROWNOUT, command,
                                                  "--help")[1]))
    for name, pattern in (
            ("brownout.service", r"^Exec\w+=\S*brownout (.*)$"),
            ("Containerfile", r"^(?:\tCMD|CMD) \[(.*)\]$"),
            ("compose.yaml", r"^\s+(?:- |command: \[|test: \[)(--.*|.*brown.*|"
                             r"origin.*)$"),
            ("kubernetes/sidecar.yaml", r"args: \[(.*)\]"),
            ("kubernetes/gateway.yaml", r"args: \[(.*)\]")):
        lines = re.findall(pattern, text(name), re.M)
        check(f"{name}: command lines", lines)
        for line in lines:
            if "config.file" in line:  # Prometheus's
                continue
            for option in re.findall(r"--[a-z-]+", line):
                check(f"{name}: {option} is no option", option in known)


def prometheus_agrees():
    if not linter("promtool"):
        return
    for command in (("check", "rules", "prometheus-alerts.yaml"),
                    ("check", "config", "--syntax-only", "prometheus.yaml")):
        status, said = run("promtool", *command, cwd=CONF)
        check(said, status == 0)


def systemd_agrees(top):
    if not linter("systemd-analyze"):
        return
    unit = f"{top}/brownout.service"
    with open(unit, "w", encoding="utf-8") as to:
        to.write(text("brownout.service").replace(
            "/usr/local/bin/brownout", BROWNOUT))
    status, said = run("systemd-analyze", "verify", unit)
    check(said, status == 0 and "brownout.service" not in said)
    # 10 is no protection at all; 2.0 and less is called OK
    status, said = run("systemd-analyze", "security", "--offline=yes",
                       "--threshold=15", unit)
    check(said, status == 0 or "Unknown" in said)


def image_has_its_libraries():
    container = text("Containerfile")
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", container, re.M):
        for path in source.split():
            check(f"COPY {path}", os.path.exists(f"{TOP}/{path}"))
    with open("/etc/os-release", encoding="utf-8") as file:
        if 'VERSION_ID="12"' not in file.read():
            print("not Debian 12: the image's packages are not compared")
            return
    last = container.rsplit("FROM ", 1)[1]
    for line in run("ldd", BROWNOUT)[1].splitlines():
        path = re.search(r"=> (/\S+)", line)
        if not path or re.search(r"lib(c|m|asan|ubsan|tsan|gcc_s|stdc..)\.so",
                                 line):
            continue
        owner = run("dpkg", "-S", os.path.realpath(path[1]))[1].split(":")[0]
        check(f"the image lacks {owner}", f" {owner}" in last)


def documents(yaml, name):
    return [d for d in yaml.safe_load_all(text(name)) if d]


def pods_fit(name, all_of_it, top):
    by_kind = {}
    for document in all_of_it:
        by_kind.setdefault(document["kind"], []).append(document)
    pod = by_kind["Deployment"][0]["spec"]
    labels = pod["template"]["metadata"]["labels"]
    check(f"{name}: selector", pod["selector"]["matchLabels"] == labels)
    ports = {p["name"] for c in pod["template"]["spec"]["containers"]
             for p in c.get("ports", [])}
    for service in by_kind["Service"]:
        check(f"{name}: the service's pods",
              service["spec"]["selector"] == labels)
        check(f"{name}: the service's ports",
              {p["targetPort"] for p in service["spec"]["ports"]} <= ports)
    volumes = {v["name"] for v in pod["template"]["spec"]["volumes"]}
    for container in pod["template"]["spec"]["containers"]:
        mounts = {m["name"] for m in container.get("volumeMounts", [])}
        check(f"{name}: volumes", mounts <= volumes)
        check(f"{name}: root", container["securityContext"]
              ["readOnlyRootFilesystem"])
    for config in by_kind["ConfigMap"]:
        files = config["data"]
        for key, value in files.items():
            with open(f"{top}/{key}", "w", encoding="utf-8") as to:
                to.write(value.replace("/etc/brownout", top))
        status, said = run(BROWNOUT, "check",
                           *(f"{top}/{key}" for key in files))
        check(f"{name}: {said}", status == 0)


def yaml_fits(top):
    try:
        import yaml
    except ImportError:
        print("PyYAML is not here: skipped")
        return
    for name in ("kubernetes/sidecar.yaml", "kubernetes/gateway.yaml"):
        pods_fit(name, documents(yaml, name), top)
    compose = documents(yaml, "compose.yaml")[0]
    for name, service in compose["services"].items():
        check(f"{name}: an image", "image" in service)
        check(f"{name}: secrets",
              set(service.get("secrets", [])) <= set(compose["secrets"]))
        check(f"{name}: published on loopback alone", all(
            p.startswith("127.0.0.1:") for p in service.get("ports", [])))
    alerts = documents(yaml, "prometheus-alerts.yaml")[0]
    for rule in (r for g in alerts["groups"] for r in g["rules"]):
        check(f"{rule['alert']}: in words",
              set(rule["annotations"]) == {"summary", "description"})


def main():
    with tempfile.TemporaryDirectory() as top:
        metrics_exist(metrics(top))
        panels_fit()
        options_exist()
        prometheus_agrees()
        systemd_agrees(top)
        image_has_its_libraries()
        yaml_fits(top)


sys.exit(main())
