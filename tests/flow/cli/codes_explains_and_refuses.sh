#!/bin/sh
# The registry from the command line: a table that fits a terminal, an entry
# with its reasons, JSON for both, and exit status 2 for what it does not have.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}

table=$("$BROWNOUT" codes)
[ "$(echo "$table" | grep -cE '^ [1-9][0-9]{2}  ')" = 71 ] ||
	fail "the table has not 71 rows"
echo "$table" | awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' ||
	fail "the table is wider than 80 columns"

entry=$("$BROWNOUT" codes 429)
for want in 'Too Many Requests' 'RFC 6585' 'after waiting' 'Retry-After' \
	'Cache-Control' 'documents'; do
	echo "$entry" | grep -q "$want" || fail "codes 429 lacks $want"
done
"$BROWNOUT" codes 444 | grep -q nginx || fail "444 is nginx's"

"$BROWNOUT" codes --json | python3 -c '
import json, sys
codes = json.load(sys.stdin)
assert len(codes) == 71, len(codes)
assert all(c["documents"] and c["reason"] and c["source"] for c in codes)
'
"$BROWNOUT" codes 405 --json | python3 -c '
import json, sys
code = json.load(sys.stdin)
assert code["required"] == ["Allow"], code
assert code["retry"]["guidance"] == "never", code
assert code["cacheable"] is True, code
'

for bad in 419 99 1000 abc 42x -x; do
	status=0
	"$BROWNOUT" codes $bad 2>err || status=$?
	[ $status = 2 ] || fail "codes $bad: exit status $status"
	grep -q 'brownout codes: ' err || fail "codes $bad: no message"
done

status=0
"$BROWNOUT" codes >/dev/full 2>err || status=$?
[ $status = 4 ] || fail "codes to a full disk: exit status $status"
grep -q 'No space left' err || fail "codes to a full disk: no message"
"$BROWNOUT" codes | head -n 1 >/dev/null || fail "codes minds a pipe's end"
rm -f err
