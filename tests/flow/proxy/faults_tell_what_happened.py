#!/usr/bin/python3
"""A fault happens whole or not at all, and what is told of it is what the
client saw: who reads the journal or the counters must not take a request that
passed for one that failed on purpose."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403


def get(path):
    return request(b"GET " + path + b" HTTP/1.1")


def last(t):
    """The last line of the journal, once the proxy has ended."""
    return exchanges(t)[-1]


def told(attempt, *names):
    return tuple(attempt.get(n) for n in names)


@case("hang/request-body", "an answer that comes while the request's end is "
      "held is not shown", "DESIGN 4",
      scenario="rules: [{rule: a, inject: "
      "{hang: {at: request_body, for: 300ms}}}]\n", may_end=True)
def hang_request_body(t):
    for body in (b"Content-Length: 5\r\n\r\nhello",
                 b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"):
        client = t.client()
        client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\n" + body)
        upstream = t.accept()
        upstream.head()
        upstream.send(OK)
        begin = time.monotonic()
        check(client.end(2) and not client.buf, "it got %r", client.buf)
        check(time.monotonic() - begin > 0.25, "too early")
    check(all(told(a, "status", "outcome", "bytes_out") == (444, "injected", 0)
              for a in exchanges(t)), "the journal says %r", exchanges(t))


@case("served/request-body", "a reply is lost when the upstream has done the "
      "work, wherever the cut is", "DESIGN 4", scenario="""rules:
  - {rule: a, match: {path: /close},
     inject: {close: {at: request_body}, upstream: served}}
  - {rule: b, match: {path: /hang},
     inject: {hang: {at: request_body, for: 100ms}, upstream: served}}
""", may_end=True)
def served_request_body(t):
    upstream = None
    for path in (b"/close", b"/hang"):
        client = t.client()
        client.send(post(b"hello", target=path))
        upstream = upstream or t.accept()
        upstream.request()
        check(client.quiet(0.2), "%s did not wait", path)
        upstream.send(OK)
        check(client.end(2) and not client.buf, "it got %r", client.buf)
    check(all(told(a, "upstream", "upstream_status") == ("done", 200)
              for a in exchanges(t)), "the journal says %r", exchanges(t))


LETS_PASS = """rules:
  - {rule: quota, match: {path: /quota},
     inject: {rate_limit: {requests: 1, per: 1h, by: all}, upstream: served}}
  - {rule: hop, match: {path: /hop}, inject: {redirect: 307, upstream: served}}
  - {rule: body, match: {path: /body},
     inject: {malformed: length_long, upstream: served}}
  - {rule: up, match: {path: /up}, inject: {status: 101, upstream: served}}
  - {rule: hint, match: {path: /hint}, inject: {status: 103, upstream: served}}
  - {rule: seat, match: {path: /seat},
     inject: {overload: {concurrency: 1}, upstream: served}}
"""


@case("served/lets-pass", "`upstream: served` loses the replies of what is "
      "refused, not of what passes", "DESIGN 4", scenario=LETS_PASS,
      may_end=True)
def served_lets_pass(t):
    client = t.client()
    for method, path, status, requests in (
            (b"GET", b"/quota", 200, 1), (b"GET", b"/quota", 429, 1),
            (b"GET", b"/quota", 429, 1), (b"GET", b"/hop", 307, 1),
            (b"GET", b"/hop?brownout-hop=1", 200, 1),
            (b"HEAD", b"/body", 200, 1), (b"GET", b"/up", 200, 1),
            (b"GET", b"/hint", 200, 1), (b"GET", b"/seat", 200, 1)):
        out = t.exchange(request(method + b" " + path + b" HTTP/1.1"),
                         client=client, methods=(method,))
        check(out.status == status, "%s %s gave %s", method, path, out.status)
        check(len(out.requests) == requests, "%s: %d requests", path,
              len(out.requests))
    check(told(last(t), "outcome", "rule") == ("passed", None),
          "the journal says %r", last(t))


@case("after/lets-pass", "`after` makes wait what is refused, not what "
      "passes, and an interim response", "DESIGN 4", scenario="""rules:
  - {rule: quota, match: {path: /quota},
     inject: {rate_limit: {requests: 1, per: 1h, by: all}, after: 300ms}}
  - {rule: hint, match: {path: /hint}, inject: {status: 103, after: 300ms}}
""")
def after_lets_pass(t):
    for path, status, waits in ((b"/quota", 200, False),
                                (b"/quota", 429, True), (b"/hint", 200, True)):
        begin = time.monotonic()
        out = t.exchange(get(path))
        took = time.monotonic() - begin
        check(out.status == status, "%s gave %s", path, out.status)
        check((took >= 0.3) == waits, "%s took %g s", path, took)
        check(bool(out.interim) == (path == b"/hint"), "interim %r",
              out.interim)


@case("late/upstream-fails", "a fault of an answer that never comes is "
      "bypassed", "DESIGN 4", scenario="""rules:
  - {rule: a, match: {path: /cut}, inject: {close: {at: {bytes: 100}}}}
  - {rule: b, match: {path: /hang}, inject: {hang: {at: response_head, for: 1s}}}
  - {rule: c, match: {path: /edit}, inject: {headers: {set: {X-A: b}}}}
  - {rule: d, match: {path: /late},
     inject: {delay: {fixed: 1s, side: response}}}
  - {rule: e, match: {path: /lost}, inject: {status: 503, upstream: served}}
""", may_end=True)
def late_upstream_fails(t):
    for path in (b"/cut", b"/hang", b"/edit", b"/late", b"/lost"):
        out = t.exchange(get(path), End())
        check(out.status == 502, "%s gave %s", path, out.status)
    out = t.exchange(
        get(b"/cut"), End(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"))
    check(out.closed, "it stays open")
    for a in exchanges(t):
        check(told(a, "outcome", "fault") != ("upstream_error", None) and
              a.get("bypassed"), "the journal says %r", a)


def rules(t):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(t.proxy.path("admin"))
    sock.sendall(b"GET /v1/rules HTTP/1.0\r\nHost: localhost\r\n\r\n")
    got = b""
    while True:
        data = sock.recv(65536)
        if not data:
            break
        got += data
    return {r["name"]: r
            for r in json.loads(got.split(b"\r\n\r\n", 1)[1])["rules"]}


@case("count/rules", "a rule has injected what its client saw", "DESIGN 8",
      scenario="""rules:
  - {rule: quota, match: {path: /quota},
     inject: {rate_limit: {requests: 2, per: 1h, by: all}}}
  - {rule: cut, match: {path: /cut}, inject: {close: {at: {bytes: 100}}}}
  - {rule: up, match: {path: /up}, inject: {status: 101}}
  - {rule: twice, match: {path: /twice}, inject: {duplicate: true}}
  - {rule: end, match: {path: /twice}, inject: {status: 500}}
""", arguments=["--admin", "unix:admin"])
def count_rules(t):
    for path in (b"/quota",) * 3 + (b"/cut",) * 2 + (b"/up", b"/twice"):
        t.exchange(get(path))
    t.eventually(lambda: told(rules(t)["end"], "injected") == (1,), "no end")
    got = {n: told(r, "matched", "injected", "skipped", "bypassed")
           for n, r in rules(t).items()}
    check(got == {"quota": (3, 1, 0, 0), "cut": (2, 0, 0, 2),
                  "up": (1, 0, 1, 0), "twice": (1, 0, 0, 1),
                  "end": (1, 1, 0, 0)}, "the rules say %r", got)


@case("count/named", "the rule that is named is one that did something",
      "DESIGN 7", scenario="""rules:
  - {rule: slow, inject: {delay: 10ms}}
  - {rule: cut, match: {path: /cut}, inject: {close: {at: {bytes: 100}}}}
  - {rule: quota, match: {path: /quota},
     inject: {rate_limit: {requests: 1, per: 1h, by: all}}}
  - {rule: both, match: {path: /both},
     inject: {dribble: 1ms, close: {at: {bytes: 100}}}}
""", arguments=["--report", "report"], may_end=True)
def count_named(t):
    for path in (b"/cut", b"/quota", b"/quota", b"/both"):
        t.exchange(get(path))
    got = [told(a, "outcome", "rule", "fault", "n") for a in exchanges(t)]
    check(got == [("injected", "slow", "delay", 1),
                  ("injected", "slow", "delay", 2),
                  ("injected", "quota", "rate_limit", 2),
                  ("injected", "slow", "delay", 4)], "the journal says %r", got)
    with open(t.proxy.path("report/report.json"), encoding="utf-8") as file:
        got = {r["name"]: r["injected"] for r in json.load(file)["rules"]}
    check(got == {"slow": 4, "cut": 0, "quota": 1, "both": 1},
          "the report says %r", got)


@case("late/client-left", "a client that leaves before a fault's turn did so "
      "for reasons of its own", "DESIGN 7", scenario="rules: [{rule: a, "
      "inject: {close: {at: {bytes: 9}}, headers: {set: {A: b}}}}]\n",
      may_end=True)
def late_client_left(t):
    client = t.client()
    client.send(GET)
    t.accept().request()
    client.reset()
    got = last(t)
    check(told(got, "outcome", "rule", "bypassed") ==
          ("client_closed", None, None), "the journal says %r", got)


@case("mark/passed", "what passes a quota carries no mark", "DESIGN 4",
      scenario="rules: [{rule: a, inject: "
      "{rate_limit: {requests: 1, per: 1h, by: all}}}]\n")
def mark_passed(t):
    marks = [t.exchange(GET).responses[0].get(b"x-brownout")
             for _ in range(2)]
    check(not marks[0] and marks[1], "the marks are %r", marks)


@case("reply/changed", "delays and edits of several rules add up on what the "
      "ending one answers", "DESIGN 4", scenario="""rules:
  - {rule: a, inject: {delay: 100ms, headers: {set: {X-A: one}}}}
  - {rule: b, inject: {delay: {fixed: 150ms, side: response},
     headers: {add: {X-A: two}, remove: [Date], recase: upper}}}
  - {rule: q, match: {path: /quota},
     inject: {rate_limit: {requests: 1, per: 1h, by: all}}}
  - {rule: z, match: {path: /quota}, inject: {headers: {add: {X-A: late}}}}
  - {rule: c, match: {path: /no}, inject: {status: 503}}
  - {rule: d, match: {path: /up}, inject: {status: 426}}
  - {rule: e, inject: {status: 500}}
""", may_end=True)
def reply_changed(t):
    client = t.client()
    for method, path, status in ((b"GET", b"/no", 503), (b"HEAD", b"/no", 503),
                                 (b"GET", b"/", 500),
                                 (b"GET", b"/quota", 429)):
        if status == 429:
            t.exchange(get(path), client=client)
        begin = time.monotonic()
        out = t.exchange(request(method + b" " + path + b" HTTP/1.1"),
                         client=client, methods=(method,))
        took = time.monotonic() - begin
        got = out.responses[0]
        check(got.status == status and not out.requests, "status %s",
              got.status)
        check(0.25 <= took < 1, "it took %g s", took)
        check(got.all(b"x-a") == [b"one", b"two"], "X-A is %r",
              got.all(b"x-a"))
        check(not got.all(b"date") and b"CONTENT-LENGTH: " in got.raw,
              "the head is %r", got.raw)
    got = t.exchange(get(b"/up"), client=client).responses[0]
    check(got.status == 426 and got.all(b"upgrade"), "no Upgrade in %r", got)
    check(all(told(a, "outcome", "upstream") == ("injected", "none") and
              "bypassed" not in a for a in exchanges(t)),
          "the journal says %r", exchanges(t))


@case("headers/no-date", "a Date that is removed is not made up again",
      "DESIGN 4", scenario="rules: [{rule: a, inject: "
      "{headers: {remove: [Date]}}}]\n")
def headers_no_date(t):
    for answer in (OK, b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:00:00 "
                   b"GMT\r\nContent-Length: 0\r\n\r\n"):
        got = t.exchange(GET, answer).responses[0]
        check(not got.all(b"date"), "Date is %r", got.all(b"date"))


@case("delay/told", "the time that a body is held is injected delay",
      "DESIGN 7", scenario="""rules:
  - {rule: a, match: {path: /hang}, inject: {hang: {at: {bytes: 1}, for: 200ms}}}
  - {rule: b, match: {path: /slow}, inject: {dribble: {bytes: 1, every: 100ms}}}
  - {rule: c, match: {path: /left}, inject: {timeout: 30s}}
""", may_end=True)
def delay_told(t):
    t.exchange(get(b"/hang"), until_close=True)
    t.exchange(get(b"/slow"), response(body=b"abc"))
    client = t.client()
    client.send(get(b"/left"))
    client.quiet(0.2)
    client.reset()
    got = [a["delay"] for a in exchanges(t)]
    check(len(got) == 3 and all(0.19 < d < 1 for d in got), "%r", got)


@case("off/bodies", "the kill switch lets go what is held of a body, and the "
      "connection goes on", "DESIGN 8", scenario="""rules:
  - {rule: a, match: {path: /a}, inject: {hang: {at: {bytes: 5}, for: 30s}}}
  - {rule: b, match: {path: /b}, inject: {bandwidth: 10B/s}}
  - {rule: c, match: {path: /c}, inject: {dribble: {bytes: 1, every: 30s},
     bandwidth: 7B/s, hang: {at: {bytes: 3}, for: 30s}}}
  - {rule: d, match: {path: /d}, inject: {bandwidth: {request: 1B/s}}}
  - {rule: e, match: {path: /e}, inject: {body: {replace: whole},
     delay: {fixed: 30s, side: response}}}
  - {rule: f, match: {path: /f}, inject: {status: 503,
     delay: {fixed: 30s, side: response}}}
""")
def off_bodies(t):
    for path in b"abcdef":
        body = b"whole" if path == ord("e") else bytes(range(100))
        stage = set_stage(t.proxy.binary, t.proxy.options)
        try:
            client = stage.client()
            client.send(post(b"0123456789", target=b"/" + bytes([path])))
            threading.Timer(0.2, stage.proxy.signal,
                            (signal.SIGUSR1,)).start()
            begin = time.monotonic()
            out = stage.exchange(b"", response(body=bytes(range(100))),
                                 client=client)
            took = time.monotonic() - begin
            check(out.status == 200 and out.responses[0].body == body,
                  "%c got %r", path, out.responses)
            check(0.1 < took < 2, "%c took %g s", path, took)
            check(stage.exchange(GET, client=client).status == 200,
                  "%c: the next request failed", path)
        finally:
            stage.leave()


play()
