#!/usr/bin/python3
"""A body that is answered before it is whole, or not read to its end, must
not shift the connection's framing: the next request would be read as body, or
the body as a request (RFC 9112 9.6)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

EARLY = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
ASK = b"Expect: 100-continue"


def refuse_early(t, client, body=b"x" * 100, length=300000):
    """The origin answers 413 after the head and resets the connection."""
    client.send(post(body, length=length))
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    upstream.send(EARLY)
    upstream.reset()
    upstream.ended = True


@case("bodies/early-reset", "after an early answer and a reset the rest of "
      "the body is still body", "RFC 9112 9.6")
def early_reset(t):
    client = t.client()
    client.send(post(b"x" * 1000, length=300000))
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    # The body goes on against a reset, so that writing upstream fails.
    upstream.reset()
    upstream.ended = True
    for _ in range(10):
        client.send(b"y" * 20000)
    client.send(b"y" * 99000)
    got = client.response()
    check(got.status == 502, "status %s", got.status)
    if client.ended or client.pull(0.05) and client.ended:
        return
    out = t.exchange(GET, client=client)
    check([r.method for r in out.requests] == [b"GET"], "requests %r",
          [r.raw[:50] for r in out.requests])


@case("bodies/early-relayed", "the rest of a body behind an early answer that "
      "is still on its way is not a request", "RFC 9112 9.6", unix=True)
def early_relayed(t):
    client = t.client()
    client.send(post(b"x" * 1000, length=300000))
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    client.until(b"hello")
    client.pos = 0
    upstream.sock.shutdown(socket.SHUT_RD)
    upstream.pos = len(upstream.buf)
    rest = 299000
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"
    while rest > 0:
        piece = (smuggled * 500)[:min(rest, 20000)]
        client.send(piece)
        rest -= len(piece)
    upstream.send(b"world")
    check(client.response().body == b"helloworld", "it was cut")
    upstream.close()
    upstream.ended = True
    out = t.exchange(GET, client=client)
    check(out.status == 200, "the next request got %s", out.status)
    check(not any(b"smuggled" in r.target for r in out.requests),
          "the body became requests")


@case("bodies/faulted-request", "a request body that a fault still holds when "
      "the answer is there does not stop the connection", "robustness",
      scenario="rules: [{rule: r, match: {method: POST}, "
      "inject: {dribble: {bytes: 1, every: 1s}}}]\n")
def faulted_request(t):
    for body in (post(b"hello world"),
                 request(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked",
                         body=chunked(b"hello", b"world"))):
        client = t.client()
        client.send(body)
        upstream = t.accept()
        upstream.head()
        upstream.send(EARLY)
        check(client.response().status == 413, "no early answer")
        out = t.exchange(GET, client=client)
        check(out.status == 200, "the next request got %s", out.status)


@case("bodies/slow-drain", "a body that nobody wants any more may take its "
      "time as long as it comes", "robustness",
      arguments=["--client-body-timeout", "400ms"],
      scenario="rules: [{rule: r, inject: {status: 503}}]\n")
def slow_drain(t):
    client = t.client()
    client.send(post(b"x", length=11))
    check(client.response().status == 503, "no 503")
    for _ in range(10):
        check(client.quiet(0.1), "it was ended: %r", bytes(client.buf))
        client.send(b"x")
    client.send(GET)
    check(client.response().status == 503, "no second answer")


@case("bodies/stalled-drain", "an answer that was sent whole stays so in the "
      "journal when the rest of the body never comes", "DESIGN 7",
      arguments=["--client-body-timeout", "150ms"], may_end=True)
def stalled_drain(t):
    client = t.client()
    client.send(post(b"x", length=11))
    upstream = t.accept()
    upstream.head()
    upstream.send(EARLY)
    check(client.response().status == 413, "no 413")
    check(client.end(), "it waits for ever")
    got = exchanges(t)
    check([(a["outcome"], a["status"]) for a in got] == [("passed", 413)],
          "the journal says %r", got)


@case("bodies/held-answer", "an early answer that a fault holds back survives "
      "the end of its connection", "robustness",
      scenario="rules: [{rule: r, inject: "
      "{delay: {uniform: [300ms, 300ms], side: response}}}]\n")
def held_answer(t):
    for reset in (False, True):
        client = t.client()
        client.send(post(b"x" * 1000, length=3000000))
        upstream = t.accept()
        upstream.until(b"\r\n\r\n")
        upstream.send(EARLY)
        # It is read and held: what comes next meets a held response.
        upstream.quiet(0.05)
        upstream.reset() if reset else upstream.close()
        upstream.ended = True
        client.out += b"y" * 500000
        client.push()
        got = client.response()
        check(got.status == 413 and got.body == b"big", "it got %s", got.status)
        client.close()


@case("bodies/unread-answer", "an early answer without length that a client "
      "does not read is not called whole when its connection breaks",
      "RFC 9112 8")
def unread_answer(t):
    client = t.client(receive=4096)
    client.send(post(b"x" * 1000, length=30000000))
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    upstream.answer(b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * 20000000)
    t.eventually(lambda: not more(upstream), "the proxy pauses")
    sent = 20000000 - len(upstream.out)
    upstream.reset()
    upstream.ended = True
    for _ in range(20):
        client.out += b"y" * 50000
        client.push()
        client.sock.recv(1) if False else None
        time.sleep(0.005)
    client.out.clear()
    check(client.end(), "it stays open")
    got = client.take()
    check(got is None, "%d bytes of %d sent and 20000000 meant look whole",
          len(got.body) if got else 0, sent)


def more(upstream):
    before = len(upstream.out)
    upstream.push()
    time.sleep(0.05)
    upstream.push()
    return len(upstream.out) < before


@case("bodies/slow-upload", "a client may pause in its body longer than the "
      "upstream may take to answer", "robustness",
      arguments=["--first-byte-timeout", "200ms"])
def slow_upload(t):
    client = t.client()
    client.send(post(b"hello", length=10))
    check(client.quiet(0.5), "it got %r", bytes(client.buf))
    client.send(b"world")
    upstream = t.accept()
    check(upstream.request().body == b"helloworld", "another body")
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("bodies/slow-upstream", "an upstream that reads slowly is not the "
      "client's fault", "robustness",
      arguments=["--client-body-timeout", "200ms"])
def slow_upstream(t):
    client = t.client()
    body = b"x" * (12 << 20)
    client.out += post(body)
    client.push()
    upstream = t.accept()
    upstream.until(b"\r\n\r\n")
    for _ in range(10):
        client.push()
        check(not readable(client.sock, 0.05), "an answer: %r",
              client.pull(0) and bytes(client.buf[:80]))
    upstream.pos = 0
    deadline = time.monotonic() + WAIT
    while not upstream.take():
        check(time.monotonic() < deadline, "the body does not come")
        client.push()
        upstream.pull(0.05)
    upstream.send(OK)
    check(client.response().status == 200, "no answer")


@case("bodies/expect-injected", "an injected answer to a request that asked "
      "first leaves no doubt about what follows", "RFC 9110 10.1.1",
      scenario="rules: [{rule: a, match: {path: /503}, inject: {status: 503}},"
      " {rule: b, match: {path: /417}, inject: {status: 417}}]\n")
def expect_injected(t):
    for target in (b"/503", b"/417"):
        for sends in (False, True):
            client = t.client()
            client.send(post(b"", ASK, target=target, length=50))
            got = client.response()
            check(got.status == int(target[1:]), "status %s", got.status)
            check(not client.interim, "a 100 before it")
            if sends:
                client.send(b"GET /smuggled HTTP/1.1\r\n" + b"x" * 26)
            if not client.ended:
                client.send(GET)
            # Either it closes and says so, or it takes the body.
            if b"close" in got.tokens(b"connection"):
                check(client.end(), "it does not close")
            else:
                check(sends, "the connection stays open: the next request "
                      "would be taken for the body")
            check(not t.pending(), "it reached the origin")


@case("bodies/large-injected", "the answer to a large body that was not read "
      "arrives, and the connection goes on", "RFC 9112 9.6",
      scenario="rules: [{rule: r, match: {method: POST}, "
      "inject: {status: 503}}]\n")
def large_injected(t):
    client = t.client()
    for _ in range(2):
        client.send(post(b"x" * (8 << 20)))
        check(client.response().status == 503, "no 503")
    out = t.exchange(GET, client=client)
    check(out.status == 200, "the next request got %s", out.status)


play()
