#!/bin/sh
# Every shipped scenario loads without a warning, names its schema for editors,
# and is listed in the reference.
status=0
cd "$SCENARIOS" || exit 1
said=$("$BROWNOUT" check ./*.yaml 2>&1 >/dev/null) || status=1
[ -z "$said" ] || {
	echo "$said"
	status=1
}
for file in *.yaml; do
	head -1 "$file" | grep -qxF \
		"# yaml-language-server: \$schema=../conf/scenario.schema.json" || {
		echo "$file: no schema in line 1"
		status=1
	}
	grep -qF "($file)" README.md || {
		echo "$file: not in README.md"
		status=1
	}
done
exit $status
