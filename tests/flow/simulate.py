"""A client with known manners, to see whether the judge sees them: real requests over real
connections, many operations at once, each with a policy for what it does when one fails."""
import dataclasses
import random
import re
import socket
import threading
import time


@dataclasses.dataclass
class Policy:
    """What a client does. Times are seconds; the defaults are a polite client."""
    attempts: int = 4              # of one operation
    base: float = 0.1              # the first wait
    factor: float = 2.0            # each further one; 1: constant, 0: at once
    spread: float = 0.5            # a wait is drawn from [1 - spread, 1] of it
    honour: float = 1.0            # how much of Retry-After is waited; 0: it is not read
    late: float = 0.02             # and how long after it
    patience: float = 20.0         # for an answer
    method: str = "GET"
    retries: bool = True           # whether a failure is tried again
    # stable, fresh (another each attempt), shared (by all operations)
    key: str = None
    ids: bool = True               # operations say who they are
    retry_on: tuple = (429, 500, 502, 503, 504, 0)  # 0: no answer
    reuse: bool = False            # a connection after its Connection: close, and after 408
    drops: bool = False            # every connection on which something failed
    budget: float = None           # retries a first attempt
    breaker: int = None            # failures in a row after which it stays away
    away: float = 1.5              # so long
    extra: float = 0.0             # share of operations asked once more after a failure was seen
    sticks: float = 0.0            # how long the client stays away after an outage of its own
    meet: float = None             # retries wait for the next multiple of this


class Connection:
    def __init__(self, address, patience):
        self.socket = socket.create_connection(address, timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closing = False

    def ask(self, head, body):
        """Sends a request; status, fields, when the answer was there. (0, {}, t): none came."""
        try:
            self.socket.sendall(head + body)
            data = b""
            while b"\r\n\r\n" not in data:
                more = self.socket.recv(65536)
                if not more:
                    return 0, {}, time.monotonic()
                data += more
            text, _, rest = data.partition(b"\r\n\r\n")
            lines = text.decode("latin-1").split("\r\n")
            fields = {k.lower(): v for k, v in (line.split(": ", 1)
                                                for line in lines[1:] if ": " in line)}
            length = int(fields.get("content-length", 0))
            while len(rest) < length:
                more = self.socket.recv(65536)
                if not more:
                    return 0, {}, time.monotonic()
                rest += more
            self.closing = "close" in fields.get("connection", "")
            return int(lines[0].split()[1]), fields, time.monotonic()
        except OSError:
            return 0, {}, time.monotonic()

    def close(self):
        self.socket.close()


class Client:
    """One customer: its connections, its budget, its breaker."""

    def __init__(self, address, policy, name, seed):
        self.address, self.policy, self.name = address, policy, name
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.idle = []
        self.tokens = 1.0
        self.failures = 0
        self.closed_until = 0.0
        self.hurt = False

    def connect(self):
        with self.lock:
            if self.idle:
                return self.idle.pop()
        return Connection(self.address, self.policy.patience)

    def give_back(self, connection, status):
        # 408 and 421 ask for another connection.
        fine = status not in (0, 408, 421) and not connection.closing
        if self.policy.reuse:
            fine = status != 0
        elif self.policy.drops and status >= 500:
            fine = False
        if fine:
            with self.lock:
                self.idle.append(connection)
        else:
            connection.close()

    def head(self, path, op, attempt, body):
        p = self.policy
        lines = [f"{p.method} {path} HTTP/1.1", "Host: sim", f"X-Client-Id: {self.name}"]
        if p.ids:
            lines.append(f"X-Request-Id: {op}")
        key = {"stable": op, "fresh": f"{op}-{attempt}", "shared": "always"}.get(p.key)
        if key:
            lines.append(f'Idempotency-Key: "{key}"')
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode()

    def wait(self, attempt, told):
        p = self.policy
        if told is not None and p.honour > 0:
            return told * p.honour + p.late
        wait = p.base * p.factor ** (attempt - 1) if p.factor else 0
        wait *= 1 - p.spread * self.random.random()
        if p.meet:
            now = time.time()
            wait = p.meet - (now + wait) % p.meet + wait
        return wait

    def may_retry(self):
        if self.policy.budget is None:
            return True
        with self.lock:
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True

    def once(self, path, op, attempt):
        body = f"op={op}".encode() if self.policy.method == "POST" else b""
        try:
            connection = self.connect()
        except OSError:
            return 0, {}, time.monotonic()
        status, fields, at = connection.ask(self.head(path, op, attempt, body), body)
        self.give_back(connection, status)
        return status, fields, at

    def note(self, failed):
        with self.lock:
            self.failures = self.failures + 1 if failed else 0
            self.hurt |= failed
            if failed and self.policy.breaker and self.failures >= self.policy.breaker:
                self.closed_until = time.monotonic() + self.policy.away
            if failed and self.policy.sticks:
                self.closed_until = time.monotonic() + self.policy.sticks

    def operation(self, path, op):
        p = self.policy
        if p.budget is not None:
            with self.lock:
                self.tokens = min(self.tokens + p.budget, 5)
        for attempt in range(1, p.attempts + 1):
            if time.monotonic() < self.closed_until:
                return
            status, fields, at = self.once(path, op, attempt)
            failed = status in (0, 408, 429) or status >= 500
            self.note(failed)
            if not p.retries or (
                    status not in p.retry_on) or attempt == p.attempts or not self.may_retry():
                break
            told = fields.get("retry-after")
            told = float(told) if told and re.fullmatch(r"\d+", told) else None
            wait = self.wait(attempt, told) - (time.monotonic() - at)
            if wait > 0:
                time.sleep(wait)
        if self.hurt and self.random.random() < p.extra:
            self.once(path, op + "x", 1)


def play(address, policy, path, rate, seconds, clients=1, seed=1):
    """Operations at `rate` a second for `seconds`, from each of `clients`, whatever becomes of
    them; rate 0: one from each. Returns when all are over."""
    threads = []
    everybody = [Client(address, policy, f"client{i}", seed + i) for i in range(clients)]

    def run(client, number):
        op = f"{client.name}-{number}"
        target = path.replace("OP", op)
        thread = threading.Thread(target=client.operation, args=(target, op))
        thread.start()
        threads.append(thread)

    pace = random.Random(seed)
    begin = time.monotonic()
    if rate == 0:
        for client in everybody:
            run(client, 0)
    else:
        due, number = begin, 0
        while due < begin + seconds:
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            run(everybody[number % clients], number)
            number += 1
            due += pace.uniform(0.5, 1.5) / (rate * clients)
    for thread in threads:
        thread.join()
