"""What a case is written with: its registry, its sockets, its checks.

A case is a function of one argument, the stage: a proxy of its own between
a client and an origin that the case plays itself, in one thread and in
order. Nothing sleeps to let things settle: every wait is for bytes, for the
end of a connection or for a condition, with an upper bound.
"""

import collections
import select
import socket
import struct
import threading
import time

import wire

WAIT = 5.0          # the bound of a wait that should succeed
QUIET = 0.15        # how long "nothing comes" is watched

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"

Case = collections.namedtuple("Case", "id sentence rfc run options")
CASES = {}


def add(name, sentence, rfc, run, **options):
    assert name not in CASES, name
    CASES[name] = Case(name, sentence, rfc, run, options)


def case(name, sentence, rfc, **options):
    """Registers the function below as a case.

    Options: only (a proxy's name), nofile (its descriptor limit), tls,
    alone (not beside other cases), head_timeout (s, where it can be set).
    """
    def register(run):
        add(name, sentence, rfc, run, **options)
        return run
    return register


class Failed(Exception):
    """The case's verdict, as a sentence."""


def check(condition, text, *args):
    if not condition:
        text = text % args if args else text
        raise Failed(text if len(text) < 400 else text[:400] + " ...")


def request(line=b"GET / HTTP/1.1", *fields, body=b"", host=b"a.example"):
    """A request's bytes; host None leaves Host away."""
    lines = [line] + ([b"Host: " + host] if host is not None else [])
    return b"\r\n".join(lines + list(fields)) + b"\r\n\r\n" + body


def response(line=b"HTTP/1.1 200 OK", *fields, body=b"ok", length=True):
    """A response's bytes; with length its Content-Length is told."""
    lines = [line] + list(fields)
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class End:
    """Bytes after which the origin ends the connection."""

    def __init__(self, data=b"", reset=False):
        self.data = data
        self.reset = reset


def readable(sock, timeout):
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(0, timeout) * 1000))


def writable(sock, timeout):
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(max(0, timeout) * 1000))


class Peer:
    """One connection seen from its end: bytes as they came."""

    def __init__(self, stage, sock, who):
        self.stage = stage
        self.sock = sock
        self.who = who
        self.buf = bytearray()
        self.pos = 0            # what has been taken from buf
        self.ended = False      # the proxy closed or reset its side
        self.was_reset = False
        self.broken = False     # a send failed
        self.out = bytearray()
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)

    def note(self, sign, data):
        self.stage.note(self.who, sign, data)

    def push(self):
        """Sends what it can of out; never blocks."""
        while self.out and not self.broken:
            try:
                with memoryview(self.out) as view:
                    n = self.sock.send(view[:1 << 18])
            except BlockingIOError:
                return
            except OSError as error:
                self.broken = True
                self.note("!", str(error).encode())
                return
            del self.out[:n]

    def send(self, data, timeout=WAIT):
        """Sends all, or notes that the proxy no longer takes it."""
        self.note(">", data)
        self.out += data
        end = time.monotonic() + timeout
        self.push()
        while self.out and not self.broken:
            check(time.monotonic() < end, "%s: cannot send: the proxy does "
                  "not read", self.who)
            writable(self.sock, 0.5)
            self.push()
        return not self.broken

    def send_slowly(self, data):
        """One byte in each segment."""
        self.note(">", data)
        for i in range(len(data)):
            writable(self.sock, WAIT)
            try:
                self.sock.send(data[i:i + 1])
            except OSError:
                self.broken = True
                return

    def pull(self, timeout):
        """Waits for bytes or the end; False when there was neither."""
        if self.ended:
            return True
        if not readable(self.sock, timeout):
            return False
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError as error:
            self.note("!", str(error).encode())
            self.ended = self.was_reset = True
            return True
        if not data:
            self.note("!", b"end of stream")
            self.ended = True
        else:
            self.note("<", data)
            self.buf += data
        return True

    def wait(self, done, what, timeout=WAIT):
        """Reads until done() is true."""
        end = time.monotonic() + timeout
        while not done():
            left = end - time.monotonic()
            check(left > 0, "%s: no %s within %g s", self.who, what, timeout)
            check(not self.ended, "%s: the connection ended before %s",
                  self.who, what)
            self.pull(left)

    def until(self, text, timeout=WAIT):
        """Reads until text has come; all up to and with it is taken."""
        self.wait(lambda: self.buf.find(text, self.pos) >= 0, repr(text),
                  timeout)
        at = self.buf.index(text, self.pos) + len(text)
        data = bytes(self.buf[self.pos:at])
        self.pos = at
        return data

    def end(self, timeout=WAIT):
        """Waits until the proxy has ended the connection."""
        end = time.monotonic() + timeout
        while not self.ended and time.monotonic() < end:
            self.pull(end - time.monotonic())
        return self.ended

    def quiet(self, timeout=QUIET):
        """True if nothing comes and nothing ends for a moment."""
        return len(self.buf) == self.pos and not self.ended and \
            not self.pull(timeout)

    def finish(self):
        """Half-close: nothing more will be sent."""
        self.note("!", b"half-close")
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.note("!", b"close")
        self.sock.close()

    def reset(self):
        self.note("!", b"reset")
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()


class Client(Peer):
    """The client's end."""

    def __init__(self, stage, sock, who):
        super().__init__(stage, sock, who)
        self.interim = []

    def take(self, method=b"GET"):
        """The next whole final response in buf, or None."""
        while True:
            got, pos = wire.parse_response(self.buf, method, self.pos,
                                           self.ended)
            if got is None or not got.complete:
                return None
            self.pos = pos
            if got.status >= 200 or got.status == 101:
                return got
            self.interim.append(got)

    def partial(self, method=b"GET"):
        """What there is of the next final response, whole or not."""
        pos = self.pos
        while True:
            got, pos = wire.parse_response(self.buf, method, pos, False)
            if got is None or got.status >= 200 or got.status == 101:
                return got

    def response(self, method=b"GET", timeout=WAIT):
        end = time.monotonic() + timeout
        while True:
            got = self.take(method)
            if got:
                return got
            check(not self.ended, "%s: the connection ended before a whole "
                  "response", self.who)
            left = end - time.monotonic()
            check(left > 0, "%s: no whole response within %g s", self.who,
                  timeout)
            self.pull(left)

    def head(self, method=b"GET"):
        """Waits for a final response's head; it is not taken."""
        self.wait(lambda: self.partial(method), "response head")
        return self.partial(method)


class Upstream(Peer):
    """The origin's end of a connection that the proxy opened."""

    last = None         # the End to carry out once out is sent

    def take(self):
        got, pos = wire.parse_request(self.buf, self.pos)
        if got is None or not got.complete:
            return None
        self.pos = pos
        return got

    def request(self, timeout=WAIT):
        """The next whole request."""
        end = time.monotonic() + timeout
        while True:
            got = self.take()
            if got:
                return got
            check(not self.ended, "%s: ended before a whole request",
                  self.who)
            left = end - time.monotonic()
            check(left > 0, "%s: no whole request within %g s", self.who,
                  timeout)
            self.pull(left)

    def head(self):
        """Waits for a request's head; it is not taken."""
        self.wait(lambda: wire.parse_request(self.buf, self.pos)[0],
                  "request head")
        return wire.parse_request(self.buf, self.pos)[0]

    def answer(self, what):
        """Queues an answer; an End is carried out once it has been sent."""
        data = what.data if isinstance(what, End) else what
        self.last = what if isinstance(what, End) else None
        self.note(">", data)
        self.out += data
        self.carry_on()

    def carry_on(self):
        """Sends what it can of the answer, and ends if that is due."""
        self.push()
        if self.last and (not self.out or self.broken):
            if self.last.reset:
                self.reset()
            else:
                self.close()
            self.last = None
            self.ended = True


class Outcome:
    """What an exchange led to, on both sides."""

    def __init__(self):
        self.responses = []
        self.requests = []
        self.interim = []
        self.closed = False

    @property
    def status(self):
        return self.responses[0].status if self.responses else None


class Stage:
    """A case's proxy, origin and clients."""

    def __init__(self, proxy_class, binary, options):
        self.lines = []
        self.lock = threading.Lock()
        self.started = time.monotonic()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.clients = []
        self.upstreams = []
        self.threads = []
        self.proxy = proxy_class(binary, self.port, options)
        try:
            self.proxy.start()
        except Exception:
            if self.proxy.process:
                self.proxy.end()
            self.proxy.remove()
            self.listener.close()
            raise

    def note(self, who, sign, data):
        with self.lock:
            at = time.monotonic() - self.started
            self.lines.append((at, who, sign, bytes(data[:1500]), len(data)))

    def transcript(self):
        out = []
        for at, who, sign, data, size in self.lines[:60]:
            text = data.decode("latin-1") if sign == "!" else \
                repr(data)[1:] + (" ... %d bytes" % size
                                  if size > len(data) else "")
            out.append("    %6.3f %-9s %s %s" % (at, who, sign, text))
        if len(self.lines) > 60:
            out.append("    ... %d more" % (len(self.lines) - 60))
        return out

    def client(self, receive=0):
        """A new connection to the proxy; receive bounds its buffer."""
        sock = socket.socket()
        if receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.settimeout(WAIT)
        sock.connect(("127.0.0.1", self.proxy.port))
        made = Client(self, sock, "client" +
                      (str(len(self.clients) + 1) if self.clients else ""))
        self.clients.append(made)
        return made

    def pending(self):
        """Takes a connection that the proxy has opened, if there is one."""
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return None
        made = Upstream(self, sock, "origin%d" % (len(self.upstreams) + 1))
        self.upstreams.append(made)
        return made

    def accept(self, timeout=WAIT):
        """The proxy's next connection to the origin."""
        check(readable(self.listener, timeout),
              "the proxy opened no connection to the origin")
        return self.pending()

    def spawn(self, run, *args):
        """Runs a part of the case beside it; it is joined at the end."""
        thread = threading.Thread(target=run, args=args, daemon=True)
        thread.start()
        self.threads.append(thread)
        return thread

    def exchange(self, data, answer=OK, want=1, until_close=False,
                 methods=(), client=None, timeout=WAIT):
        """Sends data and plays the origin until there are want responses.

        answer is bytes, an End, a list of those (one for each request, the
        last again and again) or a function of the request. methods are the
        requests' methods where they matter (HEAD). With until_close it goes
        on until the proxy has closed the client's connection.
        """
        client = client or self.client()
        out = Outcome()
        answers = list(answer) if isinstance(answer, list) else [answer]
        client.note(">", data)
        client.out += data
        client.push()
        end = time.monotonic() + timeout
        while True:
            self.collect(client, out, methods)
            if client.ended or (len(out.responses) >= want and
                                not until_close):
                break
            if time.monotonic() > end:
                break
            self.turn(client, out, answers, end)
        out.closed = client.ended
        out.interim = client.interim
        return out

    def collect(self, client, out, methods):
        while True:
            n = len(out.responses)
            got = client.take(methods[n] if n < len(methods) else b"GET")
            if not got:
                return
            out.responses.append(got)
            if got.framing == "close":
                return

    def turn(self, client, out, answers, end):
        poll = select.poll()
        poll.register(client.sock, select.POLLIN |
                      (select.POLLOUT if client.out and not client.broken
                       else 0))
        poll.register(self.listener, select.POLLIN)
        live = [u for u in self.upstreams if not u.ended]
        for upstream in live:
            poll.register(upstream.sock, select.POLLIN |
                          (select.POLLOUT if upstream.out and
                           not upstream.broken else 0))
        poll.poll(max(1, (end - time.monotonic()) * 1000))
        client.push()
        client.pull(0)
        self.pending()
        for upstream in live:
            upstream.carry_on()
            if not upstream.ended:
                upstream.pull(0)
            self.serve(upstream, out, answers)

    def serve(self, upstream, out, answers):
        while not (upstream.ended and not upstream.buf[upstream.pos:]):
            got = upstream.take()
            if not got:
                return
            out.requests.append(got)
            what = answers[0] if len(answers) == 1 else answers.pop(0)
            upstream.answer(what(got) if callable(what) else what)

    def settle(self, out):
        """Reads what the origin was sent until the proxy lets go of it."""
        while self.pending():
            pass
        for upstream in self.upstreams:
            if not upstream.ended:
                upstream.end(1)
            got = upstream.take()
            if got:
                out.requests.append(got)

    def refused(self, data, codes=(400,), methods=()):
        """The request is refused, nothing whole reaches the origin."""
        out = self.exchange(data, until_close=True, methods=methods)
        self.check_refused(out, codes)
        return out

    def check_refused(self, out, codes):
        self.settle(out)
        check(not out.requests, "it reached the origin: %r",
              out.requests and out.requests[0].raw[:200])
        check(out.responses, "no response, %s", "but the connection was "
              "closed" if out.closed else "and the connection is open")
        check(out.status in codes, "status %s, not %s", out.status,
              " or ".join(map(str, codes)))
        check(len(out.responses) == 1, "%d responses", len(out.responses))
        check(out.closed, "the connection stays open after %d", out.status)

    def passed(self, data, answer=OK, **how):
        """The request passes; its Outcome with one request each."""
        out = self.exchange(data, answer, **how)
        check(out.responses, "no response%s",
              ", the connection was closed" if out.closed else "")
        check(out.requests, "status %s, and nothing reached the origin",
              out.status)
        return out

    def either(self, data, codes, sane, **how):
        """Refused with one of codes, or passed on so that sane(outcome)."""
        out = self.exchange(data, **how)
        if out.requests:
            sane(out)
            return out
        if not out.closed:
            self.clients[-1].end()
            out.closed = self.clients[-1].ended
        self.check_refused(out, codes)
        return out

    def reply(self, answer, line=b"GET / HTTP/1.1", fields=(), **how):
        """What the client gets when the origin answers so."""
        method = line.partition(b" ")[0]
        out = self.exchange(request(line, *fields), answer,
                            methods=(method,), **how)
        check(out.responses, "no whole response%s",
              ", the connection was closed" if out.closed else "")
        return out.responses[0]

    def still_works(self):
        """A new client gets its answer."""
        got = self.exchange(GET)
        check(got.status == 200, "a later request got %s", got.status)

    def eventually(self, condition, text, timeout=WAIT):
        """Waits for something that only asking can tell."""
        end = time.monotonic() + timeout
        while not condition():
            check(time.monotonic() < end, "%s: not within %g s", text,
                  timeout)
            time.sleep(0.01)

    def leave(self):
        """Ends all; the proxy's own complaints are a failure."""
        for thread in self.threads:
            thread.join(WAIT)
        for peer in self.clients + self.upstreams:
            peer.sock.close()
        self.listener.close()

    def strike(self):
        """Stops the proxy; what it complains of, or None."""
        died = not self.proxy.alive() and \
            not self.proxy.options.get("may_end")
        code = self.proxy.process.returncode
        ended = self.proxy.end()
        complaint = self.proxy.complaint()
        self.proxy.remove()
        if died:
            return "the proxy ended by itself with %s" % code
        return complaint or (None if ended else "the proxy does not end "
                             "although all its peers have gone")
