"""What the tests of the admin API share: a brownout that serves, requests to it
and to its API, and a load that counts what it gets. Standard library alone."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BROWNOUT = os.environ["BROWNOUT"]

STORY = """scenario: story
rules:
- {rule: busy, match: {path: /health}, inject: {status: 503}}
"""
CALM = "scenario: calm\n"


def check(good, *what):
    if not good:
        frame = sys._getframe(1)
        raise SystemExit(f"line {frame.f_lineno}: {what}")


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


def connect(address, timeout=10):
    if address.startswith("unix:"):
        return Unix(address[5:], timeout=timeout)
    host, port = address.rsplit(":", 1)
    return http.client.HTTPConnection(host.strip("[]"), int(port),
                                      timeout=timeout)


class Serve:
    """`brownout serve` in a folder of its own, ended with the block."""

    def __init__(self, *options, command="serve", origin=True,
                 admin="127.0.0.1:0", listen="127.0.0.1:0"):
        self.dir = tempfile.mkdtemp()
        self.options = [BROWNOUT, command, "--ready-file", "ready"]
        self.options += ["--origin"] if origin else []
        self.options += ["-l", listen] if listen else []
        self.options += ["--admin", admin] if admin else []
        self.options += options

    def file(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as f:
            return f.read()

    def __enter__(self):
        with open(os.path.join(self.dir, "err"), "w") as err:
            self.process = subprocess.Popen(self.options, cwd=self.dir,
                                            stdout=err, stderr=err)
        try:
            wait(lambda: os.path.exists(os.path.join(self.dir, "ready")) or
                 self.process.poll() is not None)
            ready = json.loads(self.read("ready"))
        except OSError:
            raise SystemExit("not ready: " + self.read("err"))
        self.listen, self.admin = ready["listen"][0], ready.get("admin")
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if error[0] is not None or status != 0:
            sys.stderr.write(self.read("err"))
        shutil.rmtree(self.dir)
        if error[0] is None:
            check(status == 0, "exit status", status)

    def signal(self, what):
        self.process.send_signal(what)

    def http(self, method, path, body=None, headers={}, address=None):
        """Status, fields and body of one request to the API."""
        c = connect(address or self.admin)
        c.request(method, path, body, {"Host": "localhost", **headers})
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, r.headers, text

    def api(self, method, path, body=None, want=200, **more):
        if isinstance(body, dict):
            body = json.dumps(body)
        status, _, text = self.http(method, path, body, **more)
        check(status == want, method, path, status, text)
        return json.loads(text)

    def get(self, path="/health"):
        """The status of one request through the proxy."""
        return self.http("GET", path, address=self.listen)[0]

    def ctl(self, *args, want=0, **more):
        r = subprocess.run([BROWNOUT, "ctl", "--admin", self.admin, *args],
                           capture_output=True, text=True, cwd=self.dir,
                           **more)
        check(r.returncode == want, args, r)
        return r.stdout


class Load:
    """Keep-alive clients; `seen` gathers (when it began, status or error)."""

    def __init__(self, address, clients=8, path="/health"):
        self.address, self.path, self.seen = address, path, []
        self.stopping = False
        self.threads = [threading.Thread(target=self.run, daemon=True)
                        for _ in range(clients)]

    def run(self):
        c = connect(self.address)
        while not self.stopping:
            t = time.monotonic()
            try:
                c.request("GET", self.path, headers={"Host": "x"})
                r = c.getresponse()
                r.read()
                self.seen.append((t, r.status))
            except Exception as e:
                self.seen.append((t, repr(e)))
                c.close()
        c.close()

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *error):
        self.stopping = True
        for t in self.threads:
            t.join()


def wait(good, limit=10):
    """Looks again and again until something holds."""
    end = time.monotonic() + limit
    while not good():
        check(time.monotonic() < end, "not in time")
        time.sleep(0.01)
