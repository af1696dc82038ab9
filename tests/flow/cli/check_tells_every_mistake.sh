#!/bin/sh
# check: every problem as file:line:column on stderr and exit status 2; good
# files on stdout; warnings do not fail; a configuration is known by its keys.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}
expect() {
	want=$1
	shift
	status=0
	"$BROWNOUT" check "$@" >out 2>err || status=$?
	[ "$status" = "$want" ] || fail "check $*: exit $status: $(cat out err)"
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >delay.yaml <<'YAML'
scenario: s
rules:
  - rule: slow
    rate: 20
    inject: {delya: 3s}
YAML
expect 2 delay.yaml
[ ! -s out ] || fail "a broken file was called good"
grep -qx 'delay.yaml:5:14: unknown fault "delya"; did you mean "delay"?' err ||
	fail "no word of delya: $(cat err)"
grep -q '^delay.yaml:4:11: rate: .*percent sign' err || fail "no word of 20"
[ "$(wc -l <err)" = 2 ] || fail "not two problems: $(cat err)"

cat >good.yaml <<'YAML'
scenario: s
rules:
  - {rule: a, inject: {status: 503}}
  - {rule: b, inject: {status: 500}}
expect:
  - {attempts: {max: 4}}
YAML
expect 0 good.yaml
grep -qx 'good.yaml: ok (1 phase, 2 rules, 1 expectation)' out ||
	fail "told of a good file: $(cat out)"
grep -q '^good.yaml:4:5: warning: rule "b" is never reached' err ||
	fail "no warning: $(cat err)"

expect 2 good.yaml delay.yaml missing.yaml .
grep -q '^good.yaml: ok' out || fail "the good one of several is not told"
grep -q '^missing.yaml: cannot be opened' err || fail "a missing file"
grep -q '^.: a directory' err || fail "a directory"
mkfifo fifo
expect 2 fifo
expect 2
expect 2 --nonsense

cat >conf.yaml <<'YAML'
listen: 127.0.0.1:0
origin: true
scenario: good.yaml
YAML
expect 0 conf.yaml
grep -qx 'conf.yaml: ok (a configuration)' out || fail "$(cat out)"
grep -q '^good.yaml: ok' out || fail "the scenario of a configuration"
printf 'lisen: 127.0.0.1:0\norigin: true\nupstream: http://127.0.0.1:1\n' \
	>conf.yaml
expect 2 conf.yaml
grep -q '^conf.yaml:1:1: .*did you mean "listen"' err || fail "$(cat err)"

expect 0 "$SCENARIOS"/*.yaml
"$BROWNOUT" check --schema | python3 -c 'import json, sys; json.load(sys.stdin)'
