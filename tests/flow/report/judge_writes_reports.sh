#!/bin/sh
# `judge --report` on a journal of a client that breaks its promises: exit
# status, table, and files that other programs read, with hostile names.
set -eu
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
	echo "$1" >&2
	exit 1
}
judge() {
	code=0
	"$BROWNOUT" judge --force "$dir/journal.jsonl" --scenario \
		"$dir/scenario.yaml" --report "$dir/report" >"$dir/table" \
		2>"$dir/messages" || code=$?
}

"$here/make-journal" "$dir" bad
judge
[ $code = 1 ] || fail "exit $code: $(cat "$dir/messages")"
[ "$(LC_ALL=C.UTF-8 awk 'length > 80' "$dir/table")" = "" ] ||
	fail "wider than 80 columns: $(cat "$dir/table")"
! LC_ALL=C grep -q "$(printf '\033')" "$dir/table" ||
	fail "an escape in what is no terminal"
tail -n 1 "$dir/table" | grep -q '^verdict: fail (3 of 8 expectations failed' ||
	fail "the last line: $(tail -n 1 "$dir/table")"

python3 - "$dir/report" <<'END'
import json, sys, xml.etree.ElementTree as xml
top = sys.argv[1]
report = json.load(open(f"{top}/report.json", encoding="utf-8"))
assert report["version"] == 1 and report["verdict"] == "fail"
assert report["scenario"] == 'a <shop> & "friends"' and report["seed"] == 7
assert sum(p["attempts"] for p in report["phases"]) == report["attempts"]
assert sum(sum(report["series"]["seconds"][k]) for k in
           ("passed", "injected", "client_closed", "upstream_error",
            "refused")) == report["attempts"]
assert sum(report["attempts_histogram"]) == report["operations"]
early = [w for w in report["waits"] if w["early"]]
by_name = {x["name"]: x for x in report["expectations"]}
assert by_name["retry_after early of throttle"]["value"] == len(early) > 0
assert any(o["path"].startswith("/a</script>") for x in
           report["expectations"] for o in x["offenders"])

suite = xml.parse(f"{top}/junit.xml").getroot().find("testsuite")
assert suite.get("name") == report["scenario"]
cases = suite.findall("testcase")
assert len(cases) == int(suite.get("tests")) == len(report["expectations"])
elements = {"pass": None, "fail": "failure", "inconclusive": "error",
            "not_exercised": "error"}
for case in cases:
    x = by_name[case.get("name")]
    want = "skipped" if x["implied"] and x["status"] == "not_exercised" \
        else elements[x["status"]]
    got = [e.tag for e in case if e.tag in ("failure", "error", "skipped")]
    assert got == ([want] if want else []), (x["name"], got)
    # What Jenkins' schema (junit-10.xsd) allows, and a text for GitLab.
    assert {e.tag for e in case} <= {"failure", "error", "skipped",
                                     "system-out"}, x["name"]
    assert not got or x["why"] in case.find(got[0]).text, x["name"]
assert set(xml.parse(f"{top}/junit.xml").getroot().attrib) == {
    "name", "tests", "failures", "errors", "time"}
seed = [p.get("value") for p in suite.find("properties")
        if p.get("name") == "seed"]
assert seed == ["7"]
assert "told to wait" in "".join(c.find("system-out").text for c in cases)

comment = open(f"{top}/report.md", encoding="utf-8").read()
assert len(comment) < 65536 and "<img" not in comment
page = open(f"{top}/report.html", encoding="utf-8").read()
assert "<img" not in page and "default-src 'none'" in page
END

python3 - "$dir" <<'END'
import os, pty, subprocess, sys
top = sys.argv[1]


def on_a_terminal(**more):
    master, slave = pty.openpty()
    run = subprocess.Popen(
        [os.environ["BROWNOUT"], "judge", "--force", f"{top}/journal.jsonl",
         "--scenario", f"{top}/scenario.yaml"], stdout=slave,
        env={k: v for k, v in os.environ.items() if k != "NO_COLOR"} | more)
    os.close(slave)
    text = b""
    try:
        while piece := os.read(master, 65536):
            text += piece
    except OSError:  # the other end is closed
        pass
    run.wait()
    return text.decode()


assert "\033[1;31mFAIL" in on_a_terminal(), "no colours on a terminal"
plain = on_a_terminal(NO_COLOR="1")
assert "FAIL" in plain and "\033" not in plain, "colours with NO_COLOR"
END

"$here/make-journal" "$dir" empty
judge
[ $code = 3 ] || fail "exit $code without attempts"
grep -q '^No request arrived' "$dir/table" || fail "$(cat "$dir/table")"

rm -r "$dir/report"
: >"$dir/report"
judge
[ $code = 4 ] || fail "exit $code where the report cannot be written"
grep -q "$dir/report: Not a directory" "$dir/messages" ||
	fail "$(cat "$dir/messages")"
