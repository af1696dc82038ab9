#!/bin/sh
# The command line helps: a mistyped word is told with the nearest one that
# there is, help fits a terminal, and a bad address is bad usage.
set -eu
fail() {
	echo "$*" >&2
	exit 1
}

# says STATUS TEXT ARGUMENT...: brownout with them ends so and says that.
says() {
	want=$1 text=$2 status=0
	shift 2
	out=$("$BROWNOUT" "$@" 2>&1) || status=$?
	[ $status = "$want" ] || fail "brownout $*: exit status $status: $out"
	case $out in
	*"$text"*) ;;
	*) fail "brownout $*: no '$text' in: $out" ;;
	esac
}

says 2 "'chekc'; did you mean \"check\"?" chekc
says 2 "'--lisen'; did you mean \"--listen\"?" run --lisen x
says 2 "'--jurnal=x'; did you mean \"--journal\"?" serve --jurnal=x
says 2 "--listen wants a value" run --listen
says 2 "--origin takes no value" run --origin=1
says 2 "'--forse'; did you mean \"--force\"?" judge --forse
says 2 "'strat'; did you mean \"start\"?" ctl strat
says 2 "'--tokenfile'; did you mean \"--token-file\"?" ctl --tokenfile x off
says 2 "option '-z'" run -z
says 2 "expected ADDRESS:PORT" origin -l nonsense

for command in run serve check explain judge codes origin ctl; do
	help=$("$BROWNOUT" $command --help)
	echo "$help" | awk 'length($0) > 80 { print; bad = 1 }
		END { exit bad }' || fail "$command --help: too wide"
	echo "$help" | grep -q '^Examples\{0,1\}:' ||
		fail "$command --help: no example"
done
