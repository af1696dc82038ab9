"""The process as a whole: descriptors, signals, time."""

import os
import signal
import socket

from kit import GET, OK, WAIT, Failed, case, check, response


def connect(t):
    try:
        return t.client()
    except OSError:
        return None


@case("process/descriptors", "without descriptors accepting pauses, nothing "
      "spins, and it resumes", "robustness", nofile=128)
def descriptors(t):
    t.still_works()
    clients = [c for c in (connect(t) for _ in range(240)) if c]
    for client in clients:
        client.send(GET)
    before = t.proxy.cpu()
    clients[-1].quiet(1)
    check(t.proxy.cpu() - before < 0.5, "it used %g s of CPU in one",
          t.proxy.cpu() - before)
    for client in clients:
        client.reset()
    for upstream in t.upstreams:
        upstream.sock.close()
        upstream.ended = True

    def again():
        try:
            return t.exchange(GET, timeout=1).status == 200
        except (Failed, OSError):
            return False
    t.eventually(again, "it serves again", 2 * WAIT)


def draining(t):
    """A response that has begun when the proxy is told to end."""
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    client.until(b"hello")
    client.pos = 0
    t.proxy.signal(t.proxy.drain_signal)
    return client, upstream


def refuses(t):
    try:
        with socket.create_connection(("127.0.0.1", t.proxy.port), 1):
            return False
    except OSError:
        return True


@case("process/drain", "the signal to end cuts no response short",
      "robustness", may_end=True)
def drain(t):
    client, upstream = draining(t)
    t.eventually(lambda: refuses(t), "it still accepts")
    upstream.send(b"world")
    check(client.response().body == b"helloworld", "it was cut short")
    check(client.end(), "the connection stays open")
    t.eventually(lambda: not t.proxy.alive(), "it does not end")


@case("process/drain-waiting", "the signal to end waits for an answer that "
      "has not begun", "robustness", may_end=True)
def drain_waiting(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    t.proxy.signal(t.proxy.drain_signal)
    t.eventually(lambda: refuses(t), "it still accepts")
    upstream.send(OK)
    check(client.response().body == b"ok", "it was cut short")
    t.eventually(lambda: not t.proxy.alive(), "it does not end")


@case("process/drain-idle", "the signal to end does not wait for idle "
      "connections", "robustness", may_end=True)
def drain_idle(t):
    client = t.client()
    t.exchange(GET, client=client)
    t.proxy.signal(t.proxy.drain_signal)
    check(client.end(), "an idle connection stays open")
    t.eventually(lambda: not t.proxy.alive(), "it does not end")


@case("process/second-signal", "a second signal ends at once", "robustness",
      only="brownout", may_end=True)
def second_signal(t):
    draining(t)
    t.eventually(lambda: refuses(t), "it still accepts")
    t.proxy.signal(signal.SIGTERM)
    t.eventually(lambda: not t.proxy.alive(), "it does not end", 1)


@case("process/stopped", "a process that was stopped goes on", "robustness")
def stopped(t):
    client = t.client()
    client.send(GET)
    upstream = t.accept()
    upstream.request()
    for pid in t.proxy.pids():
        os.kill(pid, signal.SIGSTOP)
    t.eventually(lambda: t.proxy.states() <= {"T"}, "it stops")
    upstream.send(response(body=bytes(100000)))
    check(client.quiet(), "it was not stopped")
    for pid in t.proxy.pids():
        os.kill(pid, signal.SIGCONT)
    check(len(client.response().body) == 100000, "no whole answer")
    t.still_works()


@case("process/idle-cpu", "an idle proxy uses no CPU", "robustness")
def idle_cpu(t):
    clients = [t.client() for _ in range(10)]
    for client in clients:
        t.exchange(GET, client=client)
    before = t.proxy.cpu()
    check(clients[0].quiet(1), "it sent something")
    check(t.proxy.cpu() - before < 0.05, "it used %g s of CPU in one",
          t.proxy.cpu() - before)


@case("process/writes-to-the-gone", "writing to clients that have gone ends "
      "nothing", "robustness")
def writes_to_the_gone(t):
    for _ in range(20):
        client = t.client()
        client.send(GET)
        upstream = t.accept()
        upstream.request()
        client.reset()
        upstream.send(OK + OK + OK)
        upstream.close()
        upstream.ended = True
    t.still_works()
