#!/bin/sh
# A Retry-After of thousands of years, as servers have sent it: who comes back
# at once came back early, and the journal says the same as the run did.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
	echo "$*" >&2
	exit 1
}
cat >"$dir/s.yaml" <<'YAML'
scenario: endless
rules:
  - {rule: n, match: {path: /n}, inject: {status: 503, retry_after: {raw: "99999999999"}}}
  - {rule: nn, match: {path: /nn}, inject: {status: 503, retry_after: {raw: "99999999999999999999999"}}}
  - {rule: date, match: {path: /d}, inject: {status: 503, retry_after: {raw: "Fri, 31 Dec 9999 23:59:59 GMT"}}}
expect: [{retry_after: {early: {max: 0}}}]
YAML
"$BROWNOUT" run --origin -q -l "unix:$dir/l" --ready-file "$dir/ready" \
	--journal "$dir/j" "$dir/s.yaml" >"$dir/live" &
pid=$!
until [ -s "$dir/ready" ]; do sleep 0.02; done
for path in n nn d; do
	for _ in 1 2; do
		curl -s -o "$dir/body" --unix-socket "$dir/l" \
			-H "X-Request-Id: $path" "http://x/$path"
	done
done
kill "$pid"
status=0
wait "$pid" || status=$?
[ $status = 1 ] || fail "exit $status: $(cat "$dir/live")"
grep -q '^FAIL  *retry_after early  *3  *<= 0' "$dir/live" ||
	fail "not each of them was early: $(cat "$dir/live")"
"$BROWNOUT" judge "$dir/j" --scenario "$dir/s.yaml" >"$dir/again" || true
diff "$dir/live" "$dir/again" || fail "the journal says something else"
