#!/bin/sh
# Exit statuses are what a pipeline sees of a run: a wrong one lets a broken
# client pass or stops a good one. 2 > 4 > 1 > 3.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0

# run STATUS OPTIONS...: plays s.yaml for a moment while curl asks twice
# with one id.
run() {
	want=$1
	shift
	rm -f ready
	"$BROWNOUT" run -q -l unix:p.sock --ready-file ready "$@" s.yaml \
		>out 2>&1 &
	echo $! >pid
	"$FLOW/wait-ready" >/dev/null &&
		curl -s --unix-socket p.sock -H 'X-Request-Id: 1' \
			http://x/health http://x/health >/dev/null
	wait "$(cat pid)"
	got=$?
	[ $got = "$want" ] && return
	echo "status $got instead of $want: run $*"
	cat s.yaml out
	failed=1
}

scenario() {
	cat >s.yaml
}

# A pass, and something that nobody asked for.
pass='{path: /health, success: {min: 50%}}'
never='{path: /never, attempts: {max: 1}}'

scenario <<END
scenario: one
verdict: {min_samples: 1}
expect: [$pass]
END
run 0 --origin --for 300ms

scenario <<END
scenario: one
verdict: {min_samples: 1}
rules: [{rule: r, inject: {status: 503}}]
expect: [{attempts: {max: 1}}, $never]
END
run 1 --origin --for 300ms

scenario <<END
scenario: one
verdict: {min_samples: 1}
expect: [$pass, $never]
END
run 3 --origin --for 300ms

scenario <<END
scenario: one
verdict: {min_samples: 1, inconclusive: warn}
expect: [$pass, $never]
END
run 0 --origin --for 300ms

scenario <<END
scenario: one
rules: [{rule: r, inject: {statsu: 503}}]
END
run 2 --origin --for 300ms
grep -q '^s.yaml:2:28: .*did you mean "status"' out || {
	cat out
	failed=1
}

scenario <<END
scenario: one
END
run 2 --no-such-option
run 4 -u unix:nobody.sock --require-upstream
mkdir taken
run 4 --origin -l unix:taken
exit $failed
