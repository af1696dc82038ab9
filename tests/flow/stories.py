"""What the tests of the shipped stories share: a story played with a faster
clock against the embedded origin, a crowd of clients until it is over, and what
its journal and its verdict say then.
"""
import collections
import http.client
import itertools
import json
import os
import random
import subprocess
import tempfile
import threading
import time

Answer = collections.namedtuple("Answer", "status fields body error")


def at_once(n, answer):
    """How a client waits that has not thought about it."""
    return 0


def politely(n, answer):
    """As told, else twice as long each time and never the same."""
    told = answer.fields.get("Retry-After")
    return (float(told) + 0.05 if told else
            0.05 * 2 ** n * random.uniform(0.5, 1.5))


class Story:
    """scenarios/NAME.yaml, its phases `scale` times as fast; waits that are
    injected keep their length. `with Story(...) as s` ends when the story
    does."""

    def __init__(self, name, scale, *options):
        self.name = name
        self.scale = scale
        self.options = options
        self.ids = itertools.count()
        self.file = os.path.join(os.environ["SCENARIOS"], name + ".yaml")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="story-")
        self.log = open(self.path("log"), "w+")
        self.process = subprocess.Popen(
            [os.environ["BROWNOUT"], "run", "-q", "--seed", "1",
             "--time-scale", str(self.scale), "--threads", "2", "--origin",
             "--ready-file", self.path("ready"), "-l", "127.0.0.1:0",
             "--journal", self.path("journal"), "--report", self.path("report"),
             *self.options, self.file],
            stdout=self.log, stderr=self.log)
        for _ in range(2000):
            if os.path.exists(self.path("ready")):
                break
            assert self.process.poll() is None, self.said()
            time.sleep(0.01)
        with open(self.path("ready")) as f:
            host, port = json.load(f)["listen"][0].rsplit(":", 1)
        self.address = (host, int(port))
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.process.wait(60)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            print(self.said())
            if kind is None:
                self.read()
            self.log.close()
            self.folder.cleanup()

    def read(self):
        assert self.process.returncode in (0, 1, 3), self.process.returncode
        with open(self.path("journal")) as f:
            lines = [json.loads(line) for line in f]
        self.header = lines[0]
        self.attempts = [a for a in lines[1:] if "status" in a]
        with open(self.path("report/report.json")) as f:
            self.report = json.load(f)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def over(self):
        return self.process.poll() is not None

    def connect(self, timeout=2):
        return http.client.HTTPConnection(*self.address, timeout=timeout)

    def ask(self, method="GET", path="/search?q=tea", fields={}, body=None,
            timeout=2, on=None):
        """One request, on a connection of its own unless `on` is one."""
        c = on or self.connect(timeout)
        try:
            c.request(method, path, body, fields)
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read(), None)
        except (OSError, http.client.HTTPException) as e:
            c.close()
            return Answer(None, {}, b"", e)
        finally:
            if on is None:
                c.close()

    def insist(self, tries, wait, fields={}, named=True, **request):
        """An operation: asks until it succeeds, at most so often, with
        wait(n, answer) seconds after the nth failure. All its answers."""
        if named:
            fields = {"X-Request-Id": f"op-{next(self.ids)}", **fields}
        answers = []
        for n in range(1, tries + 1):
            answers.append(self.ask(fields=fields, **request))
            if answers[-1].status is not None and answers[-1].status < 400:
                break
            if n < tries:
                time.sleep(wait(n, answers[-1]))
        return answers

    def crowd(self, n, visit):
        """n clients: each calls visit(number) until the story is over. What one
        of them raises, this raises."""
        raised = []

        def client(number):
            try:
                while not self.over() and not raised:
                    visit(number)
                    time.sleep(0.004)
            except BaseException as e:
                raised.append(e)

        threads = [threading.Thread(target=client, args=(i,))
                   for i in range(n)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if raised:
            raise raised[0]

    # After the story.

    def phases(self):
        """The phases that saw requests, in the order of time."""
        seen = {}
        for a in sorted(self.attempts, key=lambda a: a["t"]):
            seen.setdefault(a["phase"], None)
        return [p for p in seen if p is not None]

    def of(self, **wanted):
        """The attempts with these values."""
        return [a for a in self.attempts
                if all(a.get(k) == v for k, v in wanted.items())]

    def statuses(self, **wanted):
        return collections.Counter(a["status"] for a in self.of(**wanted))

    def expect_phases(self, *names):
        """All phases were seen, in order; those without a rule left everybody
        alone."""
        assert self.phases() == list(names), self.phases()
        for name in ("baseline", "recovery"):
            touched = [a for a in self.of(phase=name) if a["rule"]]
            if name in names and not any(
                    r["rule"] for r in touched if r["phase"] != name):
                assert not touched, touched[:3]

    def expect_rule(self, rule, phase, *statuses, least=1):
        """The rule did something, in that phase only, with these statuses."""
        hits = self.of(rule=rule)
        assert len(hits) >= least, (rule, len(hits))
        assert {a["phase"] for a in hits} == {phase}, rule
        if statuses:
            got = {a["status"] for a in hits}
            assert got <= set(statuses) | {499}, (rule, got)
            assert set(statuses) <= got, (rule, got)
        return hits

    def verdict(self, name):
        """The status of the expectation of that name."""
        found = {e["name"]: e["status"] for e in self.report["expectations"]}
        assert name in found, (name, list(found))
        return found[name]
