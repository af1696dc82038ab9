"""The servers of a benchmark: the origin, the peers and brownout.

All of them have one worker, keep connections to the origin, write no access
log, and add the X-Forwarded fields.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

# A server ends with the benchmark, however that ends.
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
CORES = sorted(os.sched_getaffinity(0))[:2]
PROXY_CORE, LOAD_CORE = CORES[0], CORES[-1]
SMALL = "x" * 100
IDLE = 5000


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def pinned(core, argv):
    return ["taskset", "-c", str(core)] + argv


class Server:
    """One process, its children and its threads."""

    def __init__(self, name):
        self.name = name
        self.dir = tempfile.TemporaryDirectory(prefix="bench-")
        self.port = free_port()
        self.process = None

    def path(self, name, content=None):
        path = pathlib.Path(self.dir.name, name)
        if content is not None:
            path.write_text(content, encoding="utf-8")
        return str(path)

    def launch(self, argv, core=PROXY_CORE):
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen(
                pinned(core, argv), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, preexec_fn=lambda: LIBC.prctl(
                    PR_SET_PDEATHSIG, signal.SIGTERM))

    def wait(self):
        """Until it accepts connections."""
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or \
                        time.monotonic() > end:
                    raise RuntimeError("%s did not start: %s" % (
                        self.name, pathlib.Path(self.path("log"))
                        .read_text(errors="replace")))
                time.sleep(0.01)

    def pids(self):
        pid = self.process.pid
        children = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid))
        return [pid] + [int(p) for p in children.read_text().split()]

    def cpu(self):
        """CPU seconds of all threads, to the nanosecond."""
        total = 0
        for pid in self.pids():
            for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def rss(self):
        """Resident bytes, what is shared between processes once each."""
        total = 0
        for pid in self.pids():
            text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
            total += int(text.partition("\nPss:")[2].split()[0]) * 1024
        return total

    def peak(self):
        """Ends it: the most bytes that were resident, its end included."""
        self.process.terminate()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.dir.cleanup()
        return usage.ru_maxrss * 1024

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.dir.cleanup()


NGINX = """
daemon off;
worker_processes 1;
%(user)s
pid %(dir)s/pid;
error_log stderr crit;
worker_rlimit_nofile 19000;
events { worker_connections 9000; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	keepalive_timeout 600s;
	client_body_temp_path %(dir)s/body;
	proxy_temp_path %(dir)s/proxy;
	fastcgi_temp_path %(dir)s/fastcgi;
	uwsgi_temp_path %(dir)s/uwsgi;
	scgi_temp_path %(dir)s/scgi;
	%(more)s
	server {
		listen 127.0.0.1:%(port)d reuseport backlog=8192;
		%(server)s
	}
}
"""

NGINX_PROXY = """
		location / {
			proxy_pass http://origin;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header X-Forwarded-Host $http_host;
			proxy_buffer_size 16k;
			proxy_buffers 8 64k;
			proxy_busy_buffers_size 128k;
			proxy_max_temp_file_size 0;
		}
		location /refused { return 503; }
"""


def nginx_conf(server, more, inside):
    return server.path("conf", NGINX % {
        "dir": server.dir.name, "port": server.port, "more": more,
        "user": "user root;" if os.getuid() == 0 else "",
        "server": inside})


def origin():
    """Small answers and a file of 1 MiB, beside the load generator."""
    server = Server("origin")
    with open(server.path("mib"), "wb") as file:
        file.write(os.urandom(1 << 20))
    conf = nginx_conf(server, "open_file_cache max=10;", """
		root %s;
		location / { return 200 "%s"; }
		location = /mib { }
""" % (server.dir.name, SMALL))
    server.launch(["nginx", "-e", "stderr", "-p", server.dir.name, "-c",
                   conf], LOAD_CORE)
    return server.wait()


def nginx(upstream):
    server = Server("nginx")
    conf = nginx_conf(server, "upstream origin { server 127.0.0.1:%d; "
                      "keepalive 256; keepalive_requests 1000000000; "
                      "keepalive_timeout 600s; }" % upstream.port,
                      NGINX_PROXY)
    server.launch(["nginx", "-e", "stderr", "-p", server.dir.name, "-c",
                   conf])
    return server.wait()


HAPROXY = """
global
	nbthread 1
	maxconn 9000
defaults
	mode http
	timeout connect 5s
	timeout client 600s
	timeout server 600s
	timeout http-keep-alive 600s
	option forwardfor
	http-reuse always
frontend in
	bind 127.0.0.1:%d backlog 8192
	http-request return status 503 if { path /refused }
	http-request set-header X-Forwarded-Proto http
	http-request set-header X-Forwarded-Host %%[req.hdr(host)]
	default_backend out
backend out
	server origin 127.0.0.1:%d pool-max-conn -1
"""


def haproxy(upstream):
    server = Server("haproxy")
    conf = server.path("conf", HAPROXY % (server.port, upstream.port))
    server.launch(["haproxy", "-db", "-q", "-f", conf])
    return server.wait()


def brownout(binary, upstream, scenario="scenario: bench\n", more=()):
    server = Server("brownout")
    ready = server.path("ready")
    server.launch([binary, "run", "-q", "--listen", "127.0.0.1:0",
                   "--upstream", "http://127.0.0.1:%d" % upstream.port,
                   "--threads", "1", "--ready-file", ready, *more,
                   server.path("scenario.yaml", scenario)])
    end = time.monotonic() + 10
    while time.monotonic() < end and server.process.poll() is None:
        try:
            text = pathlib.Path(ready).read_text(encoding="utf-8")
            server.port = int(json.loads(text)["listen"][0].split(":")[-1])
            return server.wait()
        except (FileNotFoundError, ValueError):
            time.sleep(0.01)
    raise RuntimeError("brownout did not start: " + pathlib.Path(
        server.path("log")).read_text(errors="replace"))
