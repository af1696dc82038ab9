#!/bin/sh
# judge: the live verdict again from the journal; torn, foreign and damaged
# journals are told apart.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cd "$dir"

scenario() {
	cat <<YAML
scenario: judged
rules: [{rule: down, match: {path: /orders/**}, inject: {status: 503}}]
expect: [{attempts: {max: $1}}]
verdict: {min_samples: 2}
YAML
}

# Two operations of three attempts each, through a proxy that then ends.
play() {
	rm -f ready
	"$BROWNOUT" run -q --origin -l "unix:$dir/s" --ready-file ready \
		--journal "$1" --report live.report story.yaml >live 2>&1 &
	pid=$!
	while ! [ -e ready ]; do
		kill -0 $pid || fail "did not start: $(cat live)"
		sleep 0.05
	done
	for op in a b; do
		for try in 1 2 3; do
			curl -s -o body --unix-socket s \
				-H "X-Request-Id: $op" http://h/orders/$op
		done
	done
	sleep 1.2 # an operation is over after a second of silence
	kill -TERM $pid
	status=0
	wait $pid || status=$?
}

judge() {
	want=$1
	shift
	got=0
	"$BROWNOUT" judge "$@" >out 2>err || got=$?
	[ $got -eq $want ] || fail "judge $*: exit $got, not $want: $(cat out err)"
}

scenario 3 >story.yaml
play good
[ $status -eq 0 ] || fail "live: exit $status: $(cat live)"
judge 0 good --scenario story.yaml
grep -q '^pass .*attempts .* 3 .*<= 3' out || fail "$(cat out)"
judge 0 - -s story.yaml <good

scenario 2 >other.yaml
judge 2 good -s other.yaml
grep -q -- --force err || fail "$(cat err)"
judge 1 good -s other.yaml --force
grep -q '/orders/a, operation a (strong' out || fail "$(cat out)"

head -c -30 good >torn
judge 0 torn -s story.yaml
grep -q 'torn:7: the last line is torn' err || fail "$(cat err)"

sed '3s/"status"/"sta/' good >damaged
judge 3 damaged -s story.yaml
grep -q 'damaged:3: ' err || fail "$(cat err)"
grep -q 'record was lost, so nothing is proven' out || fail "$(cat out)"

# What nobody asked for is no pass; what stayed open may be told to be fine.
grep -v '^expect' story.yaml >silent.yaml
judge 0 good -s silent.yaml --force
grep -q 'no expectations: nothing was judged' out || fail "$(cat out)"
! grep -qi 'verdict: pass' out || fail "$(cat out)"
sed 's/min_samples: 2/min_samples: 9/' story.yaml >strict.yaml
judge 3 good -s strict.yaml --force
sed 's/min_samples: 2/min_samples: 9, inconclusive: warn/' story.yaml >mild.yaml
judge 0 good -s mild.yaml --force
grep -q '^verdict: inconclusive' out || fail "$(cat out)"

# The whole report is the same, but for what only a live run counts.
"$BROWNOUT" judge good -s story.yaml --report offline >out
for file in report.json junit.xml; do
	cmp live.report/$file offline/$file || fail "$file differs"
done

# A journal by hand: the header and the members that the design names, no more.
# Three tries of each of ten orders, 0.1 s apart, told to wait 2 s.
cat >sim.yaml <<YAML
scenario: sim
phases:
  - {phase: baseline, for: 10s}
  - phase: throttle
    for: 30s
    rules: [{rule: r, inject: {status: 429, retry_after: 2s}}]
expect: [{during: throttle, retry_after: {early: {max: 0}}}, {rule: r, attempts: {max: 3}}]
verdict: {min_samples: 5}
YAML
simulate() {
	"$BROWNOUT" run -q --origin -l "unix:$dir/s" --for 50ms \
		--journal header sim.yaml >out 2>&1 || true
	head -1 header | sed 's/,"ts".*/}/'
	for op in 0 1 2 3 4 5 6 7 8 9; do
		echo "{\"t\": 1$op, \"op\": \"$op\", \"op_source\":" \
			"\"X-Order\", \"conn\": \"c$op\", \"status\": 429," \
			"\"outcome\": \"injected\", \"rule\": \"r\"," \
			"\"retry_after\": 2, \"duration\": 5e-3}"
		echo "{\"t\": 1$op.$1, \"op\": \"$op\", \"op_source\":" \
			"\"X-Order\", \"status\": 200, \"outcome\":" \
			"\"passed\", \"phase\": null, \"duration\": 0.005}"
	done
	echo
}
simulate 1 | sed 's/"t": 1\([0-9]\)\.1/"t": 2\1.1/' >later
judge 0 later -s sim.yaml
grep -q '^pass .*retry_after early during throttle ' out || fail "$(cat out)"
simulate 1 >early
judge 1 early -s sim.yaml
grep -q 'FAIL .*retry_after early during throttle .* 10 ' out || fail "$(cat out)"

# A whole line that cannot be read is no torn one, even at the end; a second
# run in the same file is none of the first.
(cat later; echo '{"t": 30, "status": 200}') >unreadable
judge 3 unreadable -s sim.yaml
(cat later early) >both
judge 0 both -s sim.yaml
grep -q 'another run begins here: it was left out' err || fail "$(cat err)"

# Waits beyond all measure are waits, and a client back in 0.1 s is early.
sed 's/"retry_after": 2,/"retry_after": 99999999999,/' early >endless
judge 1 endless -s sim.yaml
grep -q 'FAIL .*retry_after early during throttle .* 10 ' out || fail "$(cat out)"

# Who is told a date may be a second early; the scenario says who was.
simulate 9 | sed 's/"retry_after": 2,/"retry_after": 1.5,/' >dated
judge 1 dated -s sim.yaml
sed 's/retry_after: 2s/retry_after: {value: 2s, format: date}/' sim.yaml \
	>dates.yaml
judge 0 dated -s dates.yaml --force

# What the journal lost voids the live verdict too.
play /dev/full
[ $status -eq 3 ] || fail "a full disk: exit $status: $(cat live)"

judge 2 good
judge 2 missing -s story.yaml
judge 2 . -s story.yaml
judge 2 story.yaml -s story.yaml
