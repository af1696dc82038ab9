"""The proxies under test: each starts on a loopback port of its own.

nginx and HAProxy inherit a socket that already listens, so there is no wait
for them and no race for a port; brownout takes port 0 and tells its address
in the ready file.
"""

import ctypes
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# A proxy dies with the thread that started it, so that a run which is ended
# halfway leaves none behind.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
TICKS = os.sysconf("SC_CLK_TCK")
SANITIZED = (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:",
             b"ThreadSanitizer", b"Assertion")


class Proxy:
    """One running proxy in a directory of its own."""

    name = ""
    drain_signal = signal.SIGTERM

    def __init__(self, binary, upstream, options):
        self.binary = binary
        self.upstream = upstream
        self.options = options
        self.dir = tempfile.mkdtemp(prefix="conformance-")
        self.process = None
        self.port = 0
        self.log = os.path.join(self.dir, "log")

    def path(self, name, content=None):
        path = os.path.join(self.dir, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return path

    def listener(self):
        sock = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = sock.getsockname()[1]
        return sock

    def launch(self, argv, env=None, fds=()):
        limit = self.options.get("nofile")

        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.dir, env=env, pass_fds=fds, preexec_fn=prepare)

    def pids(self):
        """The process and its children."""
        out = [self.process.pid]
        try:
            with open("/proc/%d/task/%d/children" % (out[0], out[0]),
                      encoding="ascii") as file:
                out += [int(p) for p in file.read().split()]
        except FileNotFoundError:
            pass
        return out

    def rss(self):
        """Resident bytes of all processes; 0 under a sanitizer."""
        total = 0
        for pid in self.pids():
            with open("/proc/%d/statm" % pid, encoding="ascii") as file:
                total += int(file.read().split()[1]) * 4096
        return 0 if self.sanitized() else total

    def sanitized(self):
        """Whether it keeps freed memory for a sanitizer's sake."""
        with open("/proc/%d/maps" % self.process.pid, "rb") as file:
            return re.search(rb"lib[at]san|[at]san", file.read()) is not None

    def fds(self):
        return sum(len(os.listdir("/proc/%d/fd" % p)) for p in self.pids())

    def cpu(self):
        """CPU seconds used so far."""
        total = 0
        for pid in self.pids():
            with open("/proc/%d/stat" % pid, encoding="ascii") as file:
                words = file.read().rpartition(")")[2].split()
            total += int(words[11]) + int(words[12])
        return total / TICKS

    def states(self):
        """The states of all threads, as letters."""
        out = set()
        for pid in self.pids():
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/stat" % (pid, task),
                          encoding="ascii") as file:
                    out.add(file.read().rpartition(")")[2].split()[0])
        return out

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def complaint(self):
        """What the log says that no case allows, or None."""
        with open(self.log, "rb") as file:
            text = file.read()
        if any(word in text for word in SANITIZED):
            return text.decode(errors="replace")
        return None

    def end(self):
        """Ends it; whether it went when it was told to."""
        if self.alive():
            self.process.terminate()
        try:
            self.process.wait(5)
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


NGINX = """
daemon off;
worker_processes 1;
%(user)s
pid %(dir)s/pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %(dir)s/body;
	proxy_temp_path %(dir)s/proxy;
	fastcgi_temp_path %(dir)s/fastcgi;
	uwsgi_temp_path %(dir)s/uwsgi;
	scgi_temp_path %(dir)s/scgi;
	client_max_body_size 0;
	client_header_timeout %(head_timeout)ss;
	ignore_invalid_headers on;
	underscores_in_headers on;
	map $http_upgrade $up_connection { default upgrade; '' ''; }
	upstream origin { server 127.0.0.1:%(upstream)d max_fails=0; keepalive 64; }
	server {
		listen 127.0.0.1:%(port)d%(ssl)s;
		ssl_protocols TLSv1.2 TLSv1.3;
%(certificate)s
		location / {
			proxy_pass http://origin;
			proxy_http_version 1.1;
			proxy_buffering off;
			proxy_buffer_size 16k;
			proxy_buffers 8 16k;
			proxy_busy_buffers_size 32k;
			proxy_request_buffering off;
			proxy_connect_timeout 5s;
			proxy_read_timeout 60s;
			proxy_pass_header Server;
			proxy_pass_header Date;
			proxy_set_header Host $http_host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $up_connection;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header X-Forwarded-Host $http_host;
		}
	}
}
"""


class Nginx(Proxy):
    name = "nginx"
    drain_signal = signal.SIGQUIT

    def start(self):
        with self.listener() as sock:
            tls = self.options.get("tls")
            conf = self.path("conf", NGINX % {
                "dir": self.dir, "port": self.port, "upstream": self.upstream,
                "user": "user root;" if os.getuid() == 0 else "",
                "ssl": " ssl" if tls else "",
                "head_timeout": self.options.get("head_timeout", 60),
                "certificate":
                    "\t\tssl_certificate %s;\n\t\tssl_certificate_key %s;"
                    % tls if tls else ""})
            env = dict(os.environ, NGINX="%d;" % sock.fileno())
            self.launch([self.binary or "nginx", "-e", "stderr", "-p",
                         self.dir, "-c", conf], env, (sock.fileno(),))


HAPROXY = """
global
	nbthread 1
%(limit)sdefaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	timeout http-request %(head_timeout)ss
	timeout tunnel 60s
	option forwardfor
	http-reuse always
	no option redispatch
	retries 1
	retry-on conn-failure empty-response
frontend in
	bind fd@%(fd)d%(ssl)s
	http-request set-header X-Forwarded-Proto http
	http-request set-header X-Forwarded-Host %%[req.hdr(host)]
	http-request disable-l7-retry if METH_POST
	default_backend out
backend out
	server origin 127.0.0.1:%(upstream)d
"""


class Haproxy(Proxy):
    name = "haproxy"
    drain_signal = signal.SIGUSR1

    def start(self):
        with self.listener() as sock:
            tls = self.options.get("tls")
            ssl = ""
            if tls:
                pem = self.path("pem")
                with open(pem, "wb") as out:
                    for part in tls:
                        with open(part, "rb") as file:
                            out.write(file.read())
                ssl = " ssl crt " + pem
            conf = self.path("conf", HAPROXY % {
                "fd": sock.fileno(), "limit": "\tmaxconn %d\n" %
                (self.options["nofile"] // 4)
                if "nofile" in self.options else "", "upstream": self.upstream, "ssl": ssl,
                "head_timeout": self.options.get("head_timeout", 60)})
            self.launch([self.binary or "haproxy", "-db", "-q", "-f", conf],
                        None, (sock.fileno(),))


class Brownout(Proxy):
    name = "brownout"

    def start(self):
        ready = self.path("ready")
        scenario = self.path("scenario.yaml", "scenario: conformance\n" +
                             self.options.get("scenario", ""))
        argv = [self.binary, "run", "--listen", "127.0.0.1:0",
                "--threads", "1", "--ready-file", ready,
                "--journal", self.path("journal")]
        for url in self.options.get("upstreams",
                                    ["http://127.0.0.1:%d" % self.upstream]):
            argv += ["--upstream", url]
        argv += self.options.get("arguments", [])
        if self.options.get("tls"):
            cert, key = self.options["tls"]
            argv += ["--tls-cert", cert, "--tls-key", key]
        self.launch(argv + [scenario], self.options.get("environment"))
        end = time.monotonic() + 10
        while time.monotonic() < end and self.alive():
            try:
                with open(ready, encoding="utf-8") as file:
                    address = json.load(file)["listen"][0]
                self.port = int(address.rpartition(":")[2])
                return
            except (FileNotFoundError, ValueError):
                time.sleep(0.002)
        with open(self.log, "rb") as file:
            text = file.read().decode(errors="replace")
        raise RuntimeError("brownout did not start: " + text)

    def journal(self):
        """The journal's attempt records once the proxy has ended."""
        with open(self.path("journal"), encoding="utf-8") as file:
            return [json.loads(line) for line in file][1:]


KINDS = {kind.name: kind for kind in (Brownout, Nginx, Haproxy)}
