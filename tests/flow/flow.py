"""What the flow tests in Python share: brownout with its scenario in a folder
of its own, TCP and TLS clients to it, certificates from openssl, and upstreams
that say what a test wants. A test is plain asserts; the folder goes at the end.
"""
import contextlib
import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

folder = tempfile.TemporaryDirectory(prefix="flow-")
os.chdir(folder.name)
os.umask(0o077)


class Proxy:
    """brownout on a port of its own; `with Proxy(...) as p`. The scenario is
    given without its name, or as a file. Without upstream it is the embedded
    origin. At the end it must leave by itself, with `status`."""

    def __init__(self, scenario="", *options, upstream=None, status=0):
        self.options = options
        self.status = status
        self.upstream = ["-u", upstream] if upstream else ["--origin"]
        self.folder = tempfile.mkdtemp(dir=folder.name)
        self.scenario = scenario
        if not scenario.endswith(".yaml"):
            self.scenario = self.file("scenario.yaml")
            with open(self.scenario, "w") as f:
                f.write("scenario: flow\n" + scenario)

    def file(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        self.log = open(self.file("log"), "w+")
        self.process = subprocess.Popen(
            [os.environ["BROWNOUT"], "run", "-q", "--seed", "1",
             "--ready-file", self.file("ready"),
             "--journal", self.file("journal"), "-l", "127.0.0.1:0",
             *self.upstream, *self.options, self.scenario],
            stdout=self.log, stderr=self.log)
        for _ in range(2000):
            if os.path.exists(self.file("ready")):
                break
            assert self.process.poll() is None, self.said()
            time.sleep(0.01)
        with open(self.file("ready")) as f:
            self.listen = json.load(f)["listen"]
        host, port = self.listen[0].rsplit(":", 1)
        self.address = (host, int(port))
        return self

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self, wait=20):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.stop()
        if kind is not None:
            print(self.said())
        elif self.process.returncode != self.status:
            raise AssertionError(
                f"exit status {self.process.returncode}\n{self.said()}")
        self.log.close()

    def attempts(self):
        """The journal's attempts; complete once the proxy has ended."""
        with open(self.file("journal")) as f:
            lines = [json.loads(line) for line in f]
        return [a for a in lines[1:] if "status" in a]

    def connect(self, source=None, timeout=10):
        return socket.create_connection(
            self.address, timeout, (source, 0) if source else None)

    def tls(self, context=None, name="localhost", **how):
        """A TLS connection; by default it trusts anything."""
        s = self.connect(**how)
        try:
            return (context or trusting()).wrap_socket(
                s, server_hostname=name)
        except BaseException:
            s.close()
            raise


def trusting(ca=None, name=True):
    """A client's context: trusts anything, or that CA and the right name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Python takes an end without close_notify for a clean one.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(ca)
        context.check_hostname = name
    return context


def hello(name="localhost"):
    """A client's hello, as bytes."""
    out = ssl.MemoryBIO()
    client = trusting().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


GET = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def error_name(e):
    """The class of an error; Pythons differ in how they name a bare FIN."""
    if getattr(e, "reason", None) == "UNEXPECTED_EOF_WHILE_READING":
        return "SSLEOFError"
    return type(e).__name__


def everything(s):
    """All bytes until the end, and how that came: "end", or the error's name
    ("ConnectionResetError", "SSLEOFError", "TimeoutError")."""
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
        return got, "end"
    except OSError as e:
        poll = select.poll()
        poll.register(s)
        over = poll.poll(0)[0][1] & select.POLLHUP
        name = error_name(e)
        if over and name == "SSLEOFError":
            return got, "ConnectionResetError"  # OpenSSL does not tell
        return got, name


def ask(s, request=GET):
    s.sendall(request)
    return everything(s)


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


def reset(s):
    """Ends a connection with RST."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def openssl(*args, data=b""):
    done = subprocess.run(["openssl", *args], input=data, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def certificate(name, *names, by=None, ca=False):
    """Makes NAME.pem and NAME.key for these DNS names, self-signed or by the
    CA `by`. Returns both paths."""
    pem, key = os.path.abspath(name + ".pem"), os.path.abspath(name + ".key")
    args = ["req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/O=flow/CN=" + name, "-keyout", key, "-out", pem,
            "-addext", "basicConstraints=critical,CA:"
            + ("TRUE" if ca else "FALSE")]
    if names:
        args += ["-addext", "subjectAltName="
                 + ",".join(n if ":" in n else "DNS:" + n for n in names)]
    if by:
        args += ["-CA", by[0], "-CAkey", by[1]]
    said = openssl(*args)
    assert os.path.exists(pem), said
    return pem, key


class Upstream:
    """A server whose connections are each given to `serve(socket)` on a thread
    of its own; TLS with a context. `with Upstream(serve) as u: u.url`."""

    def __init__(self, serve, context=None):
        self.serve = serve
        self.context = context
        self.failed = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "%s://127.0.0.1:%d" % (
            "https" if context else "http", self.listener.getsockname()[1])

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(s,), daemon=True).start()

    def one(self, s):
        s.settimeout(20)
        with contextlib.suppress(OSError), s:
            if self.context:
                try:
                    s = self.context.wrap_socket(s, server_side=True)
                except OSError as e:
                    self.failed.append(e)
                    return
            with s:
                self.serve(s)

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def head(s):
    """Reads a message head and what came behind it."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = s.recv(65536)
        if not piece:
            return None, b""
        got += piece
    return tuple(got.split(b"\r\n\r\n", 1))


def cpu(pid):
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def within(seconds, what, *args):
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not (true := what(*args)) and time.monotonic() < end:
        time.sleep(0.02)
    return true
