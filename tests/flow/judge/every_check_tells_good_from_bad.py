#!/usr/bin/python3
"""Every expectation, with a client that must pass it and one that must not.

A check that cannot fail is a defect, and so is one that a decent client cannot pass. Real
requests, each run through its own brownout; the same verdict must come out of its journal.
--long: cases that need a minute. Names as arguments: only cases that contain them.
"""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.environ["FLOW"])
sys.dont_write_bytecode = True
from simulate import Policy, play  # noqa: E402

BROWNOUT = os.environ["BROWNOUT"]
AT_ONCE = 10  # runs; more would make each other late


@dataclasses.dataclass
class Case:
    name: str          # of the expectation, as the report has it
    expect: str        # its YAML
    good: Policy
    bad: Policy
    inject: str = "inject: {status: 503}"
    path: str = "/echo"
    rate: float = 12   # operations a second, a client
    seconds: float = 2.5
    clients: int = 2
    quiet: float = 1.3  # after the last one: until a failed operation is over
    phases: str = None  # instead of one endless phase; the run then ends by itself
    long: bool = False


def phases(outage, calm, baseline=4, inject="inject: {status: 503}"):
    return (f"phases:\n  - {{phase: baseline, for: {baseline}s}}\n"
            f"  - phase: outage\n    for: {outage}s\n    rules: [{{rule: hit, {inject}}}]\n"
            f"  - {{phase: calm, for: {calm}s}}\n")


ONCE = "first: 1, inject: {status: 429, retry_after: 1s}"
LOST = "first: 1, inject: {close: fin, upstream: served}"
CODED = "inject: {status: 429, retry_after: {one_of: [3s, 4s, 5s]}}"
GOOD = Policy()

CASES = [
    Case("retry_after early", "retry_after: {early: {max: 0}}", GOOD, Policy(honour=0.6), ONCE),
    Case("retry_after early", "retry_after: {early: {max: 0}}", GOOD, Policy(honour=0), ONCE),
    Case("retry_after honoured", "retry_after: {honoured: {min: 95%}}", GOOD, Policy(honour=0),
         ONCE),
    Case("retry_after early", "retry_after: {early: {max: 0}, scope: client}", Policy(),
         Policy(honour=0.5), "first: 1, inject: {status: 429, retry_after: 1s}", rate=0,
         clients=24),
    Case("retry_after give_up", "retry_after: {give_up: forbidden}", GOOD, Policy(retries=False),
         ONCE, quiet=3),
    Case("attempts", "attempts: {max: 4}", GOOD, Policy(attempts=7, factor=1)),
    Case("backoff shape", "backoff: {shape: growing}", GOOD, Policy(factor=1)),
    Case("backoff shape", "backoff: {shape: exponential}", Policy(spread=0.2, attempts=5),
         Policy(factor=1, spread=0.2, attempts=5)),
    Case("backoff shape", "backoff: {shape: constant}", Policy(factor=1, spread=0.1),
         Policy(spread=0.1)),
    Case("backoff first", "backoff: {first: {min: 80ms}}", Policy(base=0.2), Policy(factor=0)),
    Case("backoff cap", "backoff: {cap: {max: 800ms}}", Policy(), Policy(base=0.4)),
    Case("backoff jitter", "backoff: {jitter: {min: moderate}}", Policy(base=0.3),
         Policy(base=0.3, spread=0)),
    Case("backoff min_wait", "backoff: {min_wait: 40ms}", Policy(base=0.2), Policy(factor=0)),
    Case("amplification", "amplification: {max: 1.2}", Policy(patience=5),
         Policy(patience=0.2, base=0.05), "inject: {delay: 400ms}"),
    Case("amplification", "amplification: {max: 2x}", Policy(attempts=2, base=0.05),
         Policy(attempts=7, factor=1), "rate: 70%, inject: {status: 503}", rate=25),
    Case("retry_ratio", "retry_ratio: {max: 20%}", Policy(budget=0.1), Policy(),
         "rate: 60%, inject: {status: 503}", rate=40, seconds=3),
    Case("unsafe_retry", "unsafe_retry: {max: 0, severity: probable}",
         Policy(method="POST", key="stable"), Policy(method="POST"), LOST, "/orders"),
    Case("unsafe_retry", "unsafe_retry: {max: 0, severity: confirmed}",
         Policy(method="POST", retries=False), Policy(method="POST", key="fresh"), LOST,
         "/orders"),
    Case("unsafe_retry", "unsafe_retry: {max: 0, severity: benign}",
         Policy(method="POST", retries=False), Policy(method="POST"),
         "first: 1, inject: {status: 503}", "/orders"),
    Case("key required", "key: {required: [POST]}", Policy(method="POST", key="stable"),
         Policy(method="POST"), LOST, "/orders"),
    Case("key stable", "key: {stable: true}", Policy(method="POST", key="stable"),
         Policy(method="POST", key="fresh"), LOST, "/orders"),
    # Nothing but the key says what belongs together, and a new one meets the fault again.
    Case("key stable", "key: {stable: true}", Policy(method="POST", key="stable", ids=False),
         Policy(method="POST", key="fresh", ids=False), LOST, "/orders"),
    Case("key unique", "key: {unique: true}", Policy(method="POST", key="stable"),
         Policy(method="POST", key="shared"), LOST, "/orders"),
    Case("retry", "retry: never", GOOD, Policy(retry_on=(400,)), "inject: {status: 400}"),
    Case("retry", "retry: {at_least: 1, for: {min: 90%}}", GOOD, Policy(retries=False)),
    Case("give_up", "give_up: {max: 10%}", GOOD, Policy(attempts=2),
         "first: 2, inject: {status: 503}", rate=20),
    Case("success", "success: {min: 90%}", GOOD, Policy(retries=False),
         "first: 1, inject: {status: 503}", rate=20),
    Case("connection reuse_after_close", "connection: {reuse_after_close: {max: 0}}", GOOD,
         Policy(reuse=True), "first: 1, inject: {status: 503, headers: {Connection: close}}"),
    Case("connection repeat_on_same", "connection: {repeat_on_same: {max: 0}}",
         Policy(retry_on=(421, )), Policy(retry_on=(421, ), reuse=True),
         "first: 1, inject: {status: 421}"),
    Case("connection new_per_op", "during: outage, connection: {new_per_op: {max: 12x}}", GOOD,
         Policy(drops=True), phases=phases(3, 1), rate=15, seconds=7.5),
    Case("timeout p50", "timeout: {p50: {min: 300ms, max: 1s}}",
         Policy(patience=0.7, attempts=1), Policy(patience=0.1, attempts=1), "inject: {timeout: 3s}"),
    Case("timeout p99", "timeout: {p99: {max: 1500ms}}", Policy(patience=0.7, attempts=1),
         Policy(attempts=1), "inject: {timeout: 3s}"),
    Case("timeout hung", "timeout: {hung: {max: 0}}", Policy(patience=0.7, attempts=1),
         Policy(attempts=1), "inject: {timeout: 3s}"),
    Case("timeout hung", "timeout: {hung: {max: 0}}", Policy(patience=0.7, attempts=1),
         Policy(attempts=1), "inject: {hang: {at: response_head, for: 3s}}"),
    Case("wasted", "wasted: {max: 5%}", Policy(patience=5), Policy(patience=0.3),
         "first: 1, inject: {timeout: 2s, upstream: served}"),
    Case("peak_rate", "during: outage, peak_rate: {max: 3x}", Policy(attempts=2, base=0.5),
         Policy(attempts=8, factor=1, base=0.05), phases=phases(3, 2), rate=15, seconds=8.5),
    Case("recover within", "after: outage, recover: {within: 2s, success: 99%, hold: 2s}", GOOD,
         Policy(sticks=6.5), phases=phases(2, 9), rate=15, seconds=14.8),
    Case("recover lost", "after: outage, recover: {lost: {max: 0}}",
         Policy(attempts=9, base=0.3, spread=0.1), Policy(attempts=2, base=1.0, spread=0.1),
         phases=phases(2, 6), rate=15, seconds=8),
    Case("settle", "after: outage, settle: {within: 2s, rate: {max: 1.3x}}", GOOD,
         Policy(extra=0.9), phases=phases(2, 9), rate=15, seconds=14.8),
    Case("herd", "after: outage, herd: {bin: 100ms, within: 3s, peak: {max: 6x}}",
         Policy(attempts=9, base=0.8, factor=1, spread=0.9),
         Policy(attempts=9, base=0.4, factor=1, meet=1.5), phases=phases(3, 4), rate=1,
         clients=30, seconds=10),
    Case("circuit_breaker opens_after",
         "during: outage, circuit_breaker: {opens_after: {max: 20}}",
         Policy(attempts=1, breaker=6), Policy(attempts=1), phases=phases(6, 2), rate=12,
         seconds=11.5),
    Case("circuit_breaker open_for",
         "during: outage, circuit_breaker: {open_for: {min: 1s, max: 4s}}",
         Policy(attempts=1, breaker=6, away=1.5), Policy(attempts=1), phases=phases(6, 2),
         rate=12, seconds=11.5),
    Case("circuit_breaker probes", "during: outage, circuit_breaker: {probes: {max: 3}}",
         Policy(attempts=1, breaker=6, away=2), Policy(attempts=1, breaker=6, away=1),
         phases=phases(7, 2), rate=12, seconds=12.5),
    # Indistinguishable clients behind one address: only the code in Retry-After tells who obeys.
    Case("retry_after honoured", "during: outage, retry_after: {honoured: {min: 60%}}",
         Policy(ids=False, attempts=5), Policy(ids=False, attempts=5, honour=0, base=2),
         phases=phases(60, 6, inject="rate: 50%, " + CODED),
         rate=8, seconds=68, clients=2, long=True),
]


def scenario(case):
    rules = case.phases or f"rules:\n  - {{rule: hit, {case.inject}}}\n"
    return ("scenario: judged\n"
            "identity: {client: [{header: X-Client-Id}, address],\n"
            "  operation: [{header: X-Request-Id}, {header: Idempotency-Key}, fingerprint]}\n"
            f"{rules}expect:\n  - {{{case.expect}}}\n")


def brownout(folder, *args):
    done = subprocess.run([BROWNOUT, *args], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def report(folder):
    text = json.loads((folder / "report.json").read_text())
    return text, [(x["name"], x["status"], x["value"], x["n"]) for x in text["expectations"]]


def live(case, policy, folder):
    """One run; its exit status and what it printed."""
    (folder / "s.yaml").write_text(scenario(case))
    with open(folder / "log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [BROWNOUT, "run", "-q", "--origin", "-l", "127.0.0.1:0", "--seed", "3",
             "--journal", "journal", "--report", "live", "--ready-file", "ready",
             *os.environ.get("BROWNOUT_OPTIONS", "").split(), "s.yaml"],
            cwd=folder, stdout=log, stderr=log)
        try:
            while not (folder / "ready").exists() and process.poll() is None:
                time.sleep(0.01)
            host, port = json.loads((folder / "ready").read_text())["listen"][0].rsplit(":", 1)
            play((host, int(port)), policy, case.path, case.rate, case.seconds, case.clients)
            if case.phases is None:
                time.sleep(case.quiet)
                process.terminate()
            status = process.wait(timeout=90)
        finally:
            if process.poll() is None:
                process.kill()
    return status, (folder / "log").read_text()


def run(number, manners):
    """What is wrong with one run of a case; and whether the machine was too slow to tell."""
    case = CASES[number]
    with tempfile.TemporaryDirectory(prefix="judge-") as work:
        folder = pathlib.Path(work)
        status, said = live(case, getattr(case, manners), folder)
        wrong, late = [], "proxy itself was late" in said
        if status not in (0, 1, 3):
            return [f"exit status {status}", said], False
        whole, lines = report(folder / "live")
        want = "pass" if manners == "good" else "fail"
        got = [s for name, s, _, _ in lines if f"{name} ".startswith(case.name + " ")]
        if got != [want]:
            wrong.append(f"{case.name} is {got}, not {want}")
        if status != {"pass": 0, "fail": 1}[want]:
            wrong.append(f"exit status {status}")
        offline, text = brownout(folder, "judge", "journal", "--scenario", "s.yaml",
                                 "--report", "offline")
        again, lines_again = report(folder / "offline")
        if (offline, lines_again, again["end"]) != (status, lines, whole["end"]):
            wrong.append(f"offline differs: exit {offline}, {lines_again}, live {lines}\n{text}")
        if wrong:
            wrong.append(said)
        return wrong, late


def tried(number, manners):
    """A busy machine voids what it measured: then once more, and then it is no one's fault."""
    wrong, late = run(number, manners)
    if wrong and late:
        wrong, late = run(number, manners)
    return wrong, bool(wrong) and late


def main():
    words = [word for word in sys.argv[1:] if word != "--long"]
    numbers = [i for i, case in enumerate(CASES) if case.long == ("--long" in sys.argv) and
               (not words or any(word in case.name for word in words))]
    failed = voided = 0
    with concurrent.futures.ProcessPoolExecutor(AT_ONCE) as pool:
        # The longest first, so that the end is not one of them alone.
        numbers.sort(key=lambda i: -CASES[i].seconds)
        futures = {pool.submit(tried, i, manners): (i, manners)
                   for i in numbers for manners in ("good", "bad")}
        for future in concurrent.futures.as_completed(futures):
            i, manners = futures[future]
            wrong, late = future.result()
            word = "late" if late else "FAILED" if wrong else "ok"
            print(f"{word:7}{manners:5}{CASES[i].name}: {CASES[i].expect}", flush=True)
            voided += late
            if wrong and not late:
                failed += 1
                print("    " + "\n".join(wrong).replace("\n", "\n    "), flush=True)
    print(f"{len(futures) - failed - voided} as they should be, {failed} not, "
          f"{voided} voided by a busy machine")
    sys.exit(1 if failed or not futures else 77 if voided * 4 > len(futures) else 0)


if __name__ == "__main__":
    main()
