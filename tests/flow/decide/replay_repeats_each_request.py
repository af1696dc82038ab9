#!/usr/bin/python3
"""--replay gives each request what it got in the run that wrote the journal,
whoever comes first this time, with any number of workers; what was not there
passes and is counted.
"""
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.environ["FLOW"])
from flow import Proxy  # noqa: E402

SCENARIO = """start: first_request
identity: {operation: [{header: X-Request-Id}, fingerprint]}
phases:
  - phase: first
    for: 100ms
    rules:
      - {rule: early, rate: 50%, inject: {status: 500}}
  - phase: second
    for: 10m
    rules:
      - {rule: late, rate: 40%, inject: {delay: {uniform: [1ms, 9ms]}}}
      - {rule: retried, first: 2, inject: {status: 503, retry_after: {one_of: [1s, 2s, 3s]}},
         match: {path: /search}}
      - rule: mix
        per: client
        choose:
          - {rate: 20%, inject: {status: 502}}
          - {rate: 20%, inject: {close: rst}}
"""
OPERATIONS = 80


def story(order):
    """Each operation's three requests, in four threads at once."""
    todo, lock = list(order), threading.Lock()

    def client(address):
        while True:
            with lock:
                if not todo:
                    return
                op = todo.pop()
            path = "/search?q=%d" % (op % 5) if op % 2 else "/health"
            for _ in range(3):
                c = http.client.HTTPConnection(*address, timeout=10)
                try:
                    c.request("GET", path, headers={"X-Request-Id": str(op)})
                    c.getresponse().read()
                except OSError:
                    pass
                c.close()
                time.sleep(0.003)
    return client


def play(client, *options, more=()):
    with Proxy(SCENARIO, *options) as p:
        threads = [threading.Thread(target=client, args=(p.address,))
                   for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for path in more:
            c = http.client.HTTPConnection(*p.address, timeout=10)
            c.request("GET", path)
            assert c.getresponse().status == 200
            c.close()
        p.stop()
        said = p.said()
    by_op = {}
    for a in sorted(p.attempts(), key=lambda a: a["t"]):
        by_op.setdefault(a["op"], []).append(
            (a["rule"], a["n"], a["fault"], a["status"], a["outcome"],
             a["retry_after"], json.dumps(a.get("plan"))))
    return p, by_op, said


order = list(range(OPERATIONS))
first, decided, _ = play(story(order))
assert len(decided) == OPERATIONS
fired = {a[0] for got in decided.values() for a in got}
assert {"early", "late", "retried", "mix"} <= fired, fired

random.Random(1).shuffle(order)
again, repeated, said = play(
    story(order), "--threads", "4", "--replay", first.file("journal"),
    more=["/echo", "/health?no"])
for op, got in decided.items():
    assert repeated.pop(op) == got, op
assert len(repeated) == 2, repeated
assert "240 of the 240 requests" in said and "2 others passed" in said, said

# A repetition can be repeated; without the journal it is another story.
_, third, _ = play(story(order), "--replay", again.file("journal"))
assert all(third[op] == got for op, got in decided.items())
_, other, _ = play(story(order))
assert other != decided


def refused(*options):
    done = subprocess.run(
        [os.environ["BROWNOUT"], "run", "--origin", "-l", "127.0.0.1:0",
         *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=30)
    assert done.returncode == 2, done
    return done.stdout.decode()


with open("other.yaml", "w") as f:
    f.write("scenario: flow\n" + SCENARIO.replace("40%", "41%"))
journal = first.file("journal")
assert "--force" in refused("--replay", journal, "other.yaml")
assert "--seed" in refused("--replay", journal, "--seed", "5",
                           first.file("scenario.yaml"))
assert "header" in refused("--replay", "other.yaml", "other.yaml")
assert "No such file" in refused("--replay", "none", "other.yaml")
assert "--replay" in refused("--force", "other.yaml")
done = subprocess.run(
    [os.environ["BROWNOUT"], "run", "--origin", "-l", "127.0.0.1:0", "--force",
     "--for", "100ms", "--replay", journal, "other.yaml"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
assert b"0 of the 240 requests" in done.stdout, done
