#!/bin/sh
# explain: the plan in words, a time line within 80 columns, and a dry run whose
# counts add up and whose reasons name the condition that failed.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

cat >"$dir/plan.yaml" <<'YAML'
scenario: checkout
seed: 7
rules:
  - {rule: everywhere, match: {not: {path: /healthz}}, every: 10, inject: {delay: 1ms}}
phases:
  - {phase: baseline, for: 15s}
  - phase: throttle
    for: 30s
    rules:
      - rule: search
        match: {method: GET, path: /search/**}
        rate: 50%
        spread: even
        inject: {status: 429, retry_after: {one_of: [3s, 4s]}}
      - {rule: gold, match: {header: {X-Tier: gold}}, inject: {status: 500}}
  - phase: ramp
    for: 10s
    repeat: 3
    rules:
      - {rule: rising, rate: {from: 0%, to: 100%}, inject: {status: 503}}
YAML

export LC_ALL=C.UTF-8
"$BROWNOUT" explain "$dir/plan.yaml" >"$dir/plan"
for want in 'seed 7' 'phase ramp: 10s, played 3 times' '50%, evenly spread' \
	'status: 429, retry_after: {one_of: \[3s, 4s\]}' \
	'method GET, path /search/\*\*' '0% rising to 100% over the phase' \
	'one in every 10' 'in every phase' '|baseline' '^search .*▄▄▄'; do
	grep -q -- "$want" "$dir/plan" || fail "the plan lacks: $want"
done
LC_ALL=C "$BROWNOUT" explain "$dir/plan.yaml" >"$dir/ascii"
awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' "$dir/ascii" ||
	fail "the plan is wider than 80 columns"
LC_ALL=C grep -q '[^ -~]' "$dir/ascii" && fail "not plain ASCII in the C locale"

ask() {
	"$BROWNOUT" explain --json "$@" "$dir/plan.yaml"
}
ask --request 'GET /search/a' --header 'X-Tier: silver' --at 20s -n 1000 \
	>"$dir/answer"
python3 - "$dir/answer" <<'PY'
import json, sys
run = json.load(open(sys.argv[1]))["dry_run"]
assert run["phase"] == "throttle", run
assert sum(o["requests"] for o in run["outcomes"]) == 1000, run["outcomes"]
rules = {r["rule"]: r for r in run["rules"]}
assert rules["search"]["matched"] == 1000, rules
assert abs(rules["search"]["injected"] - 500) <= 1, rules
assert rules["everywhere"]["matched"] == 1000 - rules["search"]["injected"]
assert "silver" in rules["gold"]["why"], rules
assert rules["rising"]["why"] == "not in this phase", rules
PY
ask --request '/search/a' --at 20s -n 1000 >"$dir/again1"
ask --request '/search/a' --at 20s -n 1000 >"$dir/again2"
cmp "$dir/again1" "$dir/again2" || fail "the same seed decided otherwise"
ask --request '/a' --at 300s | grep -q '"phase": null' || fail "over at 300s"

# Names of two columns a character are cut between characters.
sed -e 's/search$/x障害規則がとても長い/' -e 's/throttle$/x通常ではない状態がとても長い間続く/' \
	"$dir/plan.yaml" >"$dir/wide.yaml"
"$BROWNOUT" explain --request '/search/a' --at 20s "$dir/wide.yaml" \
	>"$dir/wide" || fail "no plan for $(cat "$dir/wide.yaml")"
python3 - "$dir/wide" <<'PY'
import sys, unicodedata
text = open(sys.argv[1], encoding="utf-8").read()
rows = [r for r in text.split("\n") if r.startswith(("x障", "  x障"))]
assert len(rows) == 3, text
for row in text.split("\n"):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in row)
    assert len(row) + wide <= 80, row
PY

for bad in '--at 5' '-n 0' '--request nonsense' '--header x --request /' \
	'--client here --request /' '--frobnicate'; do
	status=0
	# shellcheck disable=SC2086
	"$BROWNOUT" explain $bad "$dir/plan.yaml" >/dev/null 2>"$dir/err" ||
		status=$?
	[ $status = 2 ] || fail "$bad: exit status $status"
	[ -s "$dir/err" ] || fail "$bad: no message"
done
