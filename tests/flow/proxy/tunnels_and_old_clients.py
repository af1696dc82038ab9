#!/usr/bin/python3
"""Tunnels carry half-closes, and HTTP/1.0 its keep-alive: what few test and
what breaks first when connections are rearranged."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

# Memory is measured: pages that malloc would fill are not to count.
os.environ.pop("MALLOC_PERTURB_", None)

ASK = request(b"GET /t HTTP/1.1", b"Connection: upgrade", b"Upgrade: x")
YES = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
       b"Upgrade: x\r\n\r\n")


def tunnel(t, early=b""):
    client = t.client()
    client.send(ASK + early)
    upstream = t.accept()
    upstream.request()
    upstream.send(YES)
    client.until(b"\r\n\r\n")
    return client, upstream


@case("tunnel/client-half-close", "a client's FIN passes through a tunnel, and "
      "the other direction goes on", "RFC 9110 7.8", may_end=True)
def client_half_close(t):
    client, upstream = tunnel(t)
    client.send(b"last words")
    client.finish()
    upstream.until(b"last words")
    check(upstream.end(), "the FIN does not come")
    upstream.ended = False
    check(client.quiet(1), "the other direction ended too")
    upstream.send(b"an answer")
    client.until(b"an answer")
    upstream.sock.shutdown(socket.SHUT_WR)
    check(client.end(), "the second FIN does not come")
    got = exchanges(t)
    check([(a["status"], a["outcome"]) for a in got] == [(101, "passed")],
          "the journal says %r", got)


@case("tunnel/upstream-half-close", "an upstream's FIN passes through, and "
      "what the client sends still arrives", "RFC 9110 7.8")
def upstream_half_close(t):
    client, upstream = tunnel(t)
    upstream.send(b"bye")
    upstream.sock.shutdown(socket.SHUT_WR)
    client.until(b"bye")
    check(client.end(), "the FIN does not come")
    client.send(b"x" * 500000)
    client.finish()
    got = 0
    upstream.wait(lambda: len(upstream.buf) - upstream.pos >= 500000,
                  "all bytes")
    check(upstream.end(), "the end does not come")


@case("tunnel/early-bytes", "bytes that came before the 101 are the tunnel's",
      "RFC 9110 7.8")
def early_bytes(t):
    client, upstream = tunnel(t, GET)
    upstream.until(GET)
    upstream.send(OK)
    client.until(OK)


@case("tunnel/back-pressure", "a tunnel holds no more than its buffers when "
      "one side does not read", "DESIGN 10")
def back_pressure(t):
    client, upstream = tunnel(t)
    before = t.proxy.rss()
    upstream.out += b"z" * (64 << 20)
    last = -1
    while last != len(upstream.out):
        last = len(upstream.out)
        for _ in range(20):
            upstream.push()
            time.sleep(0.005)
    check(upstream.out, "it took 64 MiB")
    check(t.proxy.rss() - before < 8 << 20, "it grew by %d MiB",
          (t.proxy.rss() - before) >> 20)
    client.send(b"still there?")
    upstream.until(b"still there?")


@case("tunnel/reset", "a reset of either side ends the other", "RFC 9110 7.8")
def tunnel_reset(t):
    client, upstream = tunnel(t)
    client.reset()
    check(upstream.end(), "the upstream stays")
    client, upstream = tunnel(t)
    upstream.reset()
    upstream.ended = True
    check(client.end(), "the client stays")


@case("old/keep-alive", "HTTP/1.0 with keep-alive goes on, without it ends",
      "RFC 9112 9.3")
def old_keep_alive(t):
    client = t.client()
    ask = request(b"GET / HTTP/1.0", b"Connection: keep-alive")
    for _ in range(3):
        out = t.exchange(ask, client=client)
        check(b"keep-alive" in out.responses[0].tokens(b"connection"),
              "it does not say so")
        check(not client.ended, "it is closed")
    out = t.exchange(request(b"GET / HTTP/1.0"), client=client,
                     until_close=True)
    check(out.status == 200 and out.closed, "it stays open")


@case("old/keep-alive-chunked", "to HTTP/1.0 a chunked answer ends with its "
      "connection, whatever was asked", "RFC 9112 7.1")
def old_chunked(t):
    out = t.exchange(
        request(b"GET / HTTP/1.0", b"Connection: keep-alive"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
        chunked(b"hello"), until_close=True)
    check(out.closed and out.responses[0].body == b"hello", "it is %r",
          out.responses and out.responses[0].raw)


play()
