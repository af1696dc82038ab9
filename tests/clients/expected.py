"""What `run --check` expects of the clients that Debian ships: situation, then finding.

A finding is compared with a value or handed to a function. Gaps are lower bounds with room above,
since a busy machine only adds to them; for the same reason little jitter may be seen where there is
none.
"""


def gaps(*wants):
    """About these waits, in order and no more."""
    def fits(got):
        return len(got) == len(wants) and all(
            want - 0.05 <= gap <= want * 1.2 + 0.5 for gap, want in zip(got, wants))
    return fits


def little(jitter):
    return jitter in ("none", "weak")


def at_least(least):
    return lambda got: bool(got) and min(got) >= least


HONOURED = {"attempts": 2, "retry_after early": "0", "retry_after honoured": "100%",
            "retry_after early status": "pass"}
IGNORED = {"attempts": 2, "retry_after early": "6", "retry_after early status": "fail"}
ONCE = {"operations": 6, "attempts": 1}
REPEATED = {"attempts": 2, "fewest": 2, "unsafe_retry": "6", "unsafe_retry status": "fail"}
NOT_REPEATED = {"attempts": 1, "unsafe_retry": "0", "unsafe_retry status": "pass"}
LEAVES = {"timeout hung": "0", "timeout p50 status": "pass"}
EXPONENTIAL = {"attempts": 4, "fewest": 4, "gaps": gaps(1, 2, 4), "backoff shape": "exponential",
               "backoff jitter": little}
LINEAR = {"attempts": 4, "fewest": 4, "gaps": gaps(1, 2, 3), "backoff shape": "linear",
          "backoff jitter": little}
# The first retry at once, then 1 s and 2 s (backoff_factor 0.5).
AT_ONCE = {"attempts": 4, "fewest": 4, "gaps": gaps(0, 1, 2)}

EXPECTED = {
    "curl": {
        "throttled": HONOURED | {"gaps": at_least(1.95)},
        "dated": HONOURED,
        "patient": ONCE,
        "unavailable": EXPONENTIAL,
        "unavailable-post": REPEATED | {"gaps": gaps(1)},
        "lost-reply": NOT_REPEATED,
        "reset": ONCE,
        "stall": LEAVES | {"attempts": 4, "gaps": gaps(1, 2, 4)},
        "not-implemented": ONCE,
    },
    "curl-all-errors": {
        "lost-reply": REPEATED | {"gaps": gaps(1)},
        "reset": EXPONENTIAL,
    },
    "wget": {
        "throttled": IGNORED | {"gaps": gaps(1)},
        "dated": IGNORED,
        "patient": IGNORED,
        "unavailable": LINEAR,
        "unavailable-post": REPEATED,
        "lost-reply": REPEATED,
        "reset": LINEAR,
        "stall": LEAVES | {"attempts": 4, "gaps": gaps(1, 2, 3)},
        "not-implemented": ONCE,
    },
    "urllib3": {
        "throttled": HONOURED,
        "dated": HONOURED,
        "patient": HONOURED | {"gaps": gaps(5)},
        "unavailable": AT_ONCE,
        "unavailable-post": NOT_REPEATED,
        "lost-reply": NOT_REPEATED,
        "reset": AT_ONCE,
        "stall": LEAVES | {"attempts": 4},
        "not-implemented": ONCE,
    },
    "requests": {case: ONCE for case in (
        "throttled", "dated", "patient", "unavailable", "unavailable-post", "lost-reply", "reset",
        "stall", "not-implemented")},
}
