#!/usr/bin/python3
"""100,000 requests with faults of every kind mixed: between the half and the end
descriptors are flat, and memory but for what the judge keeps of each attempt
(128 bytes and their tables, up to its limit)."""

import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from stage import *  # noqa: E402,F403

# Memory is measured: pages that malloc would fill are not to count.
os.environ.pop("MALLOC_PERTURB_", None)

WANTED = 100000
JUDGES = 256        # bytes an attempt, tables that double included
FAULTS = """
rules:
  - rule: changes
    rate: 10%
    match: {path: /bytes/*}
    inject: {delay: 1ms, dribble: {bytes: 400, every: 1ms}, interim: [103],
             headers: {set: {X-A: b}}}
  - rule: corrupted
    rate: 5%
    match: {path: /bytes/*}
    inject: {corrupt: {bytes: 3}}
  - rule: twice
    rate: 1%
    match: {path: /bytes/*}
    inject: {duplicate: true}
  - rule: ends
    match: {path: /bytes/*}
    choose:
      - {rate: 10%, inject: {status: 503, retry_after: 1s}}
      - {rate: 5%, inject: {status: 429, upstream: served}}
      - {rate: 3%, inject: {timeout: 2ms}}
      - {rate: 3%, inject: {status: 499}}
      - {rate: 3%, inject: {status: 444}}
      - {rate: 3%, inject: {close: {at: {bytes: 300}, with: rst}}}
      - {rate: 2%, inject: {close: {at: response_head, with: fin}}}
      - {rate: 2%, inject: {hang: {at: {bytes: 200}, for: 2ms}}}
      - {rate: 1%, inject: {malformed: chunk_size}}
      - {rate: 1%, inject: {malformed: length_long}}
      - {rate: 1%, inject: {malformed: huge_header}}
      - {rate: 1%, inject: {redirect: {status: 307, hops: 2}}}
"""


def load(t, seconds):
    """Requests sent by 50 connections in that time."""
    url = "http://127.0.0.1:%d/bytes/1000" % t.proxy.port
    out = subprocess.run(["wrk", "-t1", "-c50", "-d%d" % seconds, url],
                         capture_output=True, check=True, text=True)
    return int(re.search(r"(\d+) requests in", out.stdout).group(1))


def settled(t, idle):
    """Descriptors and resident bytes once every connection has ended."""
    t.eventually(lambda: t.proxy.fds() <= idle, "connections stay open", 10)
    return t.proxy.fds(), t.proxy.rss()


@case("soak/mixed", "memory and descriptors are flat under all faults mixed",
      "reliability 3", scenario=FAULTS, may_end=True,
      arguments=["--origin", "--pool-idle-timeout", "500ms"], upstreams=[])
def mixed(t):
    if not shutil.which("wrk"):
        print("skipped: wrk is not installed")
        sys.stdout.flush()
        return
    slow = t.proxy.sanitized()
    idle = t.proxy.fds()
    halves, total = [], 0
    for _ in range(2):
        done = load(t, 3)
        while not slow and done < WANTED // 2:
            done += load(t, 2)
        total += done
        halves.append(settled(t, idle))
    (fds1, rss1), (fds2, rss2) = halves
    print("%d requests; descriptors %d and %d, RSS %.1f and %.1f MiB" %
          (total, fds1, fds2, rss1 / 1048576, rss2 / 1048576))
    check(fds1 == fds2, "descriptors %d, then %d", fds1, fds2)
    check(slow or rss2 - rss1 < JUDGES * done + (2 << 20),
          "RSS grew by %.1f MiB", (rss2 - rss1) / 1048576)
    got = exchanges(t)
    check(len(got) >= total, "%d attempts for %d requests", len(got), total)
    kinds = {a["fault"] for a in got if a["outcome"] == "injected"}
    check(len(kinds) >= 9, "only %r were injected", kinds)


play()
