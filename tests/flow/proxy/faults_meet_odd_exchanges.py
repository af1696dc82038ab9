#!/usr/bin/python3
"""Faults that meet what is not a plain exchange: each answer must be what the
rule says or what the upstream said, never a mixture, and the next request on
the connection must work."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

SERVED = ("rules: [{rule: lost, match: {path: /lost}, "
          "inject: {status: 503, upstream: served}}]\n")
LOST = b"GET /lost HTTP/1.1\r\nHost: a.example\r\n\r\n"


def goes_on(t, client):
    out = t.exchange(GET, client=client)
    check(out.status == 200, "the next request got %s", out.status)


@case("served/answers", "whatever the upstream answers is thrown away whole",
      "DESIGN 4", scenario=SERVED, may_end=True)
def served_answers(t):
    answers = [
        (b"GET", response(body=b"x" * 100000)),
        (b"GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
         chunked(b"a" * 5000, b"b", trailers=b"X-T: 1\r\n")),
        (b"GET", End(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
         b"HTTP/1.1 102 Processing\r\n\r\n" + OK),
    ]
    client = t.client()
    for method, answer in answers:
        out = t.exchange(request(method + b" /lost HTTP/1.1"), answer,
                         client=client, methods=(method,))
        check(out.status == 503 and not out.interim, "%r gave %s, interim %d",
              answer, out.status, len(out.interim))
        check(len(out.requests) == 1, "%d requests", len(out.requests))
    goes_on(t, client)
    got = exchanges(t)
    check(all((a["status"], a["outcome"], a["upstream"]) ==
              (503, "injected", "done") for a in got[:-1]),
          "the journal says %r", got)


@case("served/failures", "an upstream that fails under a lost reply is a "
      "failure, not a fault", "DESIGN 4", scenario=SERVED)
def served_failures(t):
    for answer in (End(), End(b"HTTP/1.1 200 OK\r\nContent-Le"),
                   End(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
                   b"garbage\r\n\r\n",
                   b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz"):
        out = t.exchange(LOST, answer)
        check(out.status == 502, "%r gave %s", answer, out.status)
    t.still_works()


@case("served/passes", "the answer to a request that the fault lets pass is "
      "not thrown away", "DESIGN 4", scenario="""rules:
  - rule: a
    match: {path: /quota}
    inject: {rate_limit: {requests: 1, per: 1h}, upstream: served}
  - rule: b
    match: {path: /crowd}
    inject: {overload: {concurrency: 1}, upstream: served}
  - rule: c
    match: {path: /moved}
    inject: {status: 301, upstream: served}
  - rule: d
    match: {path: /hops}
    inject: {redirect: {hops: 1}, upstream: served}
  - rule: e
    match: {path: /chat}
    inject: {status: 101, upstream: served}
  - rule: f
    match: {path: /hint}
    inject: {status: 103, upstream: served}
""")
def served_passes(t):
    rows = ((b"/quota", 200), (b"/quota", 429), (b"/quota", 429),
            (b"/crowd", 200), (b"/chat", 200), (b"/hint", 200),
            (b"/moved", 301), (b"/moved?brownout-hop=1", 200),
            (b"/hops", 307), (b"/hops?brownout-hop=1", 200))
    client = t.client()
    for target, status in rows:
        out = t.exchange(request(b"GET " + target + b" HTTP/1.1"),
                         client=client)
        check(out.status == status, "%r gave %s", target, out.status)
        check(len(out.requests) == 1, "%r: %d requests", target,
              len(out.requests))


@case("served/expect", "a lost reply still asks for the body it loses the "
      "answer of", "RFC 9110 10.1.1", scenario=SERVED)
def served_expect(t):
    client = t.client()
    client.send(post(b"", b"Expect: 100-continue", target=b"/lost", length=5))
    upstream = t.accept()
    upstream.head()
    upstream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    client.until(b"100 Continue\r\n\r\n")
    client.send(b"hello")
    check(upstream.request().body == b"hello", "the body did not come")
    upstream.send(OK)
    check(client.response().status == 503, "no 503")
    goes_on(t, client)


@case("served/upgrade", "an upgrade whose answer is lost makes no tunnel",
      "DESIGN 4", scenario=SERVED)
def served_upgrade(t):
    client = t.client()
    client.send(request(b"GET /lost HTTP/1.1", b"Connection: upgrade",
                        b"Upgrade: websocket"))
    upstream = t.accept()
    upstream.request()
    upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  b"Connection: upgrade\r\n\r\n")
    check(client.response().status == 503, "no 503")
    check(upstream.end(), "the upstream's connection stays open")


@case("served/early", "a lost reply that came before the whole request "
      "leaves the rest as body", "RFC 9112 9.6", scenario=SERVED)
def served_early(t):
    client = t.client()
    client.send(post(b"x" * 10, target=b"/lost", length=100000))
    upstream = t.accept()
    upstream.head()
    upstream.send(OK)
    check(client.response().status == 503, "no 503")
    client.send(GET * 3 + b"x" * (99990 - 3 * len(GET)))
    out = t.exchange(GET, client=client)
    check(len(out.requests) == 1, "%d requests", len(out.requests))


@case("faults/no-body", "faults of bodies leave answers without one without "
      "one", "RFC 9110 9.3.2",
      scenario="""rules:
  - {rule: a, match: {path: /replace}, inject: {body: {replace: "something"}}}
  - {rule: b, match: {path: /corrupt}, inject: {corrupt: {bytes: 3}}}
  - {rule: c, match: {path: /json}, inject: {corrupt: {json: true}}}
  - {rule: d, match: {path: /gzip}, inject: {corrupt: {encoding: gzip}}}
  - {rule: e, match: {path: /dribble}, inject: {dribble: {bytes: 1, every: 1ms}}}
  - {rule: f, match: {path: /bandwidth}, inject: {bandwidth: 10KiB/s}}
  - {rule: g, match: {path: /patch}, inject: {body: {patch: {/a: 1}}}}
""")
def no_body(t):
    answers = [(b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
               (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                b"\r\n"),
               (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n"
                b"\r\n"),
               (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n")]
    for path in (b"replace", b"corrupt", b"json", b"gzip", b"dribble",
                 b"bandwidth", b"patch"):
        client = t.client()
        for method, answer in answers:
            out = t.exchange(request(method + b" /" + path + b" HTTP/1.1"),
                             answer, client=client, methods=(method,))
            check(out.responses, "%s %r: nothing", path, answer)
            check(not out.closed and client.quiet(0.02),
                  "%s of %r left %r", path, answer,
                  bytes(client.buf[client.pos:]))
        goes_on(t, client)


@case("faults/close-no-body", "faults that cut a body do not hang where there "
      "is none", "DESIGN 4", scenario="""rules:
  - {rule: a, match: {path: /bytes}, inject: {close: {at: {bytes: 5}}}}
  - {rule: b, match: {path: /chunks}, inject: {close: {at: {chunks: 2}}}}
  - {rule: c, match: {path: /hang}, inject: {hang: {at: {bytes: 5}, for: 50ms}}}
""")
def close_no_body(t):
    for path in (b"bytes", b"chunks", b"hang"):
        for method, answer in (
                (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
                (b"GET", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
                (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")):
            client = t.client()
            out = t.exchange(request(method + b" /" + path + b" HTTP/1.1"),
                             answer, client=client, methods=(method,))
            check(out.responses or out.closed, "%s: nothing to %r", path,
                  answer)


@case("faults/long-bodies", "a body longer than what a fault may keep passes "
      "whole or changed, not shortened", "robustness", scenario="""rules:
  - {rule: a, match: {path: /patch}, inject: {body: {patch: {xyz: abc}}}}
  - {rule: b, match: {path: /json}, inject: {corrupt: {json: true}}}
  - {rule: c, match: {path: /bytes}, inject: {corrupt: {bytes: 3}}}
  - {rule: d, match: {path: /gzip}, inject: {corrupt: {encoding: gzip}}}
""")
def long_bodies(t):
    body = b'{"a": "' + b"q" * (6 << 20) + b'"}'
    for path in (b"patch", b"json", b"bytes", b"gzip"):
        for chunks in (False, True):
            answer = response(body=body) if not chunks else \
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + \
                chunked(*[body[i:i + 10000]
                          for i in range(0, len(body), 10000)])
            out = t.exchange(request(b"GET /" + path + b" HTTP/1.1"), answer)
            check(out.responses, "%s: nothing", path)
            got = len(out.responses[0].body)
            check(got >= len(body) - 16, "%s: %d bytes of %d look whole",
                  path, got, len(body))


@case("faults/pipelined", "requests behind one that a fault makes wait are "
      "answered in order", "RFC 9112 9.3.2", scenario="""rules:
  - {rule: a, match: {path: /wait}, inject: {status: 503, after: 200ms}}
  - {rule: b, match: {path: /late}, inject: {delay: 100ms}}
""")
def pipelined(t):
    client = t.client()
    paths = [b"/wait", b"/late", b"/", b"/wait", b"/"]
    out = t.exchange(b"".join(request(b"GET " + p + b" HTTP/1.1")
                              for p in paths), client=client, want=5)
    check([r.status for r in out.responses] == [503, 200, 200, 503, 200],
          "answers %r", [r.status for r in out.responses])
    check([r.target for r in out.requests] == [b"/late", b"/", b"/"],
          "requests %r", [r.target for r in out.requests])


@case("faults/pipelined-lots", "64 KiB and more behind a waiting request "
      "stay there until it is answered", "robustness",
      scenario="rules: [{rule: a, limit: 1, inject: {status: 503, after: "
      "300ms}}]\n")
def pipelined_lots(t):
    client = t.client()
    many = 5000
    client.out += GET * many
    client.push()
    out = t.exchange(b"", client=client, want=many, timeout=20)
    check(len(out.responses) == many, "%d answers", len(out.responses))
    check(out.responses[0].status == 503 and
          all(r.status == 200 for r in out.responses[1:]), "another order")


@case("faults/leave-while-waiting", "a client that leaves while a fault "
      "waits is 499 at once, body or not", "DESIGN 7",
      scenario="rules: [{rule: a, inject: {timeout: 30s}}]\n", may_end=True)
def leave_while_waiting(t):
    datas = [GET, post(b"hello"), post(b"he", length=5), GET * 3]
    for data in datas:
        client = t.client()
        client.send(data)
        client.reset()
    for data in datas:
        client = t.client()
        client.send(data)
        client.close()
    t.eventually(lambda: t.proxy.fds() <= before_fds(t), "they stay open", 3)
    got = exchanges(t)
    check(len(got) == 2 * len(datas), "%d attempts", len(got))
    check(all((a["status"], a["outcome"]) == (499, "client_closed")
              for a in got), "the journal says %r", got)
    check(all(a["duration"] < 3 for a in got), "it took %r",
          [a["duration"] for a in got])


def before_fds(t):
    """Descriptors of an idle proxy: none is a connection."""
    sockets = [os.readlink("/proc/%d/fd/%s" % (t.proxy.process.pid, f))
               for f in os.listdir("/proc/%d/fd" % t.proxy.process.pid)]
    return t.proxy.fds() if sum(s.startswith("socket:") for s in sockets) <= 1 \
        else 0


@case("faults/half-close", "a client that sent FIN gets its delayed answer",
      "RFC 9112 9.6", scenario="""rules:
  - {rule: a, match: {path: /d}, inject: {delay: 300ms}}
  - {rule: b, match: {path: /r}, inject: {delay: {uniform: [300ms, 300ms], side: response}}}
  - {rule: c, match: {path: /s}, inject: {status: 503, after: 300ms}}
""")
def half_close(t):
    for path in (b"/d", b"/r", b"/s"):
        client = t.client()
        client.send(request(b"GET " + path + b" HTTP/1.1"))
        client.finish()
        out = t.exchange(b"", client=client, until_close=True)
        check(out.responses, "%s: nothing", path)
        check(out.status == (503 if path == b"/s" else 200), "%s: %s", path,
              out.status)
        check(out.closed, "it stays open")


@case("faults/half-close-pipeline", "a FIN behind a pipeline with a torn end "
      "ends the connection after the last whole request", "RFC 9112 9.6")
def half_close_pipeline(t):
    client = t.client()
    client.send(GET * 3 + b"GET /torn HTT")
    client.finish()
    begin = time.monotonic()
    out = t.exchange(b"", client=client, until_close=True)
    check(len(out.responses) == 3, "%d answers", len(out.responses))
    check(out.closed and time.monotonic() - begin < 3, "it stays open")


@case("faults/half-close-gone", "the second request of a client that has "
      "gone is given up too", "DESIGN 5", may_end=True)
def half_close_gone(t):
    client = t.client()
    client.send(GET * 2)
    client.finish()
    upstream = t.accept()
    upstream.request()
    upstream.send(OK)
    check(client.response().status == 200, "no first answer")
    upstream.request()
    check(upstream.end(3), "the upstream is kept waiting")
    got = exchanges(t)
    check([a["status"] for a in got] == [200, 499], "the journal says %r",
          [a["status"] for a in got])


@case("faults/duplicate-retried", "a duplicated request that had to be sent "
      "again is still sent twice", "DESIGN 4",
      scenario="rules: [{rule: a, match: {path: /twice}, "
      "inject: {duplicate: true}}]\n")
def duplicate_retried(t):
    client = t.client()
    t.exchange(GET, client=client)
    old = t.upstreams[0]
    client.send(request(b"GET /twice HTTP/1.1"))
    old.request()
    old.close()
    old.ended = True
    seen = 0
    fresh = []
    end = time.monotonic() + 1
    while time.monotonic() < end:
        got = t.pending()
        if got:
            fresh.append(got)
        for upstream in fresh:
            upstream.pull(0.01)
            if upstream.take():
                seen += 1
                upstream.send(OK)
        time.sleep(0.005)
        if seen >= 2 and client.take():
            break
    check(client.pos > 0, "no answer")
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        if t.pending():
            raise Failed("it was sent once more")
        time.sleep(0.01)
    check(seen == 2, "it came %d times after the first", seen)


@case("faults/upgrade", "an injected answer to an upgrade leaves the "
      "connection to HTTP; a dead tunnel ends with a drain", "DESIGN 5",
      scenario="""rules:
  - {rule: a, match: {path: /no}, inject: {status: 503}}
  - {rule: b, match: {path: /dead}, inject: {status: 101}}
""", may_end=True)
def upgrade(t):
    ask = (b"Connection: upgrade", b"Upgrade: websocket")
    client = t.client()
    client.send(request(b"GET /no HTTP/1.1", *ask))
    check(client.response().status == 503, "no 503")
    goes_on(t, client)
    client.send(request(b"GET /dead HTTP/1.1", *ask))
    check(client.response().status == 101, "no 101")
    client.send(GET)
    check(client.quiet(), "the dead tunnel answers")
    for way in "close", "reset":
        leaver = t.client()
        leaver.send(request(b"GET /dead HTTP/1.1", *ask))
        check(leaver.response().status == 101, "no 101")
        getattr(leaver, way)()
    t.proxy.signal(signal.SIGTERM)
    check(client.end(3), "the dead tunnel holds the drain up")
    t.eventually(lambda: not t.proxy.alive(), "it does not end", 3)
    got = [(a["status"], a["outcome"]) for a in exchanges(t)
           if a["path"] == "/dead"]
    check(got == [(101, "injected")] * 3, "the journal says %r", got)


@case("faults/drain-while-waiting", "a drain lets a waiting fault answer and "
      "says that the connection closes", "robustness", may_end=True,
      scenario="rules: [{rule: a, inject: {status: 503, after: 400ms}}]\n")
def drain_while_waiting(t):
    client = t.client()
    client.send(GET)
    client.quiet(0.1)
    t.proxy.signal(signal.SIGTERM)
    got = client.response()
    check(got.status == 503, "status %s", got.status)
    check(b"close" in got.tokens(b"connection"), "it promises to go on")
    check(client.end(), "the connection stays open")
    t.eventually(lambda: not t.proxy.alive(), "it does not end")


@case("faults/duplicate-drain", "a drain waits for the answer, not for that to "
      "the second copy", "robustness", may_end=True,
      scenario="rules: [{rule: a, inject: {duplicate: true}}]\n")
def duplicate_drain(t):
    client = t.client()
    client.send(post(b"once"))
    first, second = t.accept(), t.accept()
    bodies = [upstream.request().body for upstream in (first, second)]
    check(bodies == [b"once"] * 2, "the copies are %r", bodies)
    t.proxy.signal(signal.SIGTERM)
    check(client.quiet(0.2), "it did not wait for the answer")
    for upstream in (first, second):
        upstream.send(OK)
    check(client.response().status == 200, "no answer")
    check(client.end(), "the connection stays open")
    client.close()
    t.eventually(lambda: not t.proxy.alive(), "the copy holds the drain up", 3)
    check([a["outcome"] for a in exchanges(t)] == ["injected"],
          "the journal says %r", exchanges(t))


@case("faults/duplicate-silent", "an upstream that never answers the second "
      "copy holds up neither the client nor a drain", "robustness",
      may_end=True,
      scenario="rules: [{rule: a, inject: {duplicate: true}}]\n")
def duplicate_silent(t):
    client = t.client()
    client.send(GET)
    first = t.accept()
    second = t.accept()
    for upstream in (first, second):
        upstream.request()
    first.send(OK)
    second.pull(0.1)
    if not client.take():
        second.send(OK)
        check(client.response().status == 200, "no answer")
    t.proxy.signal(signal.SIGTERM)
    client.end()
    client.close()
    t.eventually(lambda: not t.proxy.alive(), "the copy holds the drain up", 3)


@case("faults/slow-upload-early", "an early answer does not wait for a request "
      "that comes slowly on purpose, and the rest of it is body",
      "RFC 9112 9.6", scenario="rules: [{rule: a, match: {path: /slow}, "
      "inject: {bandwidth: {request: 1KiB/s}}}]\n")
def slow_upload_early(t):
    client = t.client()
    client.send(post(b"x" * 65536, target=b"/slow"))
    upstream = t.accept()
    upstream.head()
    begin = time.monotonic()
    upstream.send(OK)
    check(client.response().status == 200, "no answer")
    check(time.monotonic() - begin < 1, "it waited for the upload")
    goes_on(t, client)


play()
