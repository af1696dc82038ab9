"use strict";
/* The page: says what is so now, and does what its buttons say. */

const at = (id) => document.getElementById(id);
/* Sets text only where it differs, so that nothing is read out twice. */
function say(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}
let lastNews = "";
function announce(text) {
	if (text === lastNews)
		return;
	lastNews = text;
	at("news").textContent = text;
}

function mood(acting) {
	const s = live.state;
	if (live.locked)
		return ["lost", "Locked"];
	if (!live.connected)
		return ["lost", s ? "Connection lost" : "Connecting"];
	if (!s)
		return ["wait", "Connecting"];
	if (s.off)
		return ["off", "Faults are OFF"];
	if (s.stopped_by_guard)
		return ["calm", "Stopped by its guard"];
	const words = { none: "Plain proxy", stopped: "Stopped",
		waiting: "Waiting for a request", over: "Scenario over" };
	if (words[s.state])
		return ["calm", words[s.state]];
	const paused = s.state === "paused" ? ", clock paused" : "";
	if (acting.length === 0)
		return ["calm", `No faults now${paused}`];
	return ["acts", s.shadow ? "Deciding in the shadow"
		: `Injecting faults${paused}`];
}
function phaseLine() {
	const s = live.state;
	if (live.locked)
		return "Whoever knows its token may watch and control it.";
	if (!s)
		return "";
	if (s.state === "none")
		return "No scenario is loaded. All traffic passes unchanged.";
	if (!s.phase)
		return s.state === "over"
			? "All phases were played. Start plays it again." : "";
	const since = s.state === "running"
		? (performance.now() - live.stateAt) / 1000 : 0;
	const left = s.phase.left === null ? ""
		: ` · ${seconds(Math.max(0, Math.round(s.phase.left - since)))} left`;
	const plan = s.phases[s.phase.index];
	const round = plan && plan.repeat > 1
		? ` · round ${s.phase.round + 1} of ${plan.repeat}` : "";
	return `Phase ${s.phase.name} · ${s.phase.index + 1} of ` +
		`${s.phases.length}${round}${left}`;
}
function offLine(s) {
	if (s.off_expires === null)
		return "Everything passes. ";
	const left = s.off_expires - (performance.now() - live.stateAt) / 1000;
	return `Everything passes until ${new Date(Date.now() + 1000 * left)
		.toLocaleTimeString()}. `;
}
function drawState() {
	const s = live.state, acting = live.rules.filter(ruleActs);
	const [tone, headline] = mood(acting);
	at("state").dataset.mood = tone;
	say(at("headline"), headline);
	say(at("what"), !s || s.name === null ? "brownout"
		: `brownout · ${s.name}` +
			(s.description ? ` · ${s.description}` : ""));
	document.title = `${headline} · brownout`;
	say(at("line"), (s && s.off && !live.locked ? offLine(s) : "") + phaseLine());
	const active = acting.map((r) =>
		`${r.name}: ${r.faults.join(", ")} at ${percent(r.configured)}`);
	if (at("active").dataset.of !== active.join("\n")) {
		at("active").dataset.of = active.join("\n");
		/* So many that OFF stays in sight; all are in the list of rules. */
		const most = active.length > 6 ? 5 : 6;
		at("active").replaceChildren(
			...active.slice(0, most).map((a) => el("li", {}, a)),
			...active.length > most ? [el("li", {},
				`and ${active.length - most} more`)] : []);
	}
	drawSwitch(Boolean(s && s.off));
	for (const button of document.querySelectorAll("[data-verb]"))
		button.setAttribute("aria-disabled", !verbFits(button.dataset.verb));
	if (live.connected && s)
		announce(`${headline}. ${s.phase ? `Phase ${s.phase.name}.` : ""} ` +
			(active.length ? `Active: ${active.join("; ")}.` : ""));
}
function verbFits(verb) {
	const fits = { start: ["stopped", "over", "waiting"],
		pause: ["running"], resume: ["paused"],
		next: ["running", "paused"],
		stop: ["running", "paused", "waiting"] };
	return live.connected && live.state !== null &&
		fits[verb].includes(live.state.state);
}
/* OFF stays OFF however often it is pressed; arming is another button. */
function drawSwitch(off) {
	const button = at("off");
	if (button.dataset.is === String(off))
		return;
	button.dataset.is = off;
	button.setAttribute("aria-pressed", off);
	at("off-help").replaceChildren(...off
		? [el("button", { type: "button", id: "on" }, "Arm again")]
		: ["Stops every fault at once: all traffic passes."]);
	if (off)
		at("on").addEventListener("click", () => act("/v1/on", () =>
			at("off").focus()));
}
async function act(path, then) {
	try {
		takeState(await askJson("POST", path));
		say(at("said"), "");
		askRules();
		if (then)
			then();
	} catch (e) {
		say(at("said"), e.status ? `Not done: ${e.message}.`
			: "Not done: there is no connection.");
	}
}

function lastSeconds(n) {
	const sum = {}, last = Math.floor(live.now() - .6);
	for (let s = Math.max(0, last - n + 1); s <= last; s++)
		for (const [name, v] of Object.entries(live.bins.get(s) || {}))
			sum[name] = (sum[name] || 0) + v;
	return sum;
}
function tile(name, value, extra) {
	return el("div", extra || {}, el("dt", {}, name), el("dd", {}, value));
}
function drawTiles() {
	const sum = lastSeconds(5), c = live.counters, v = live.verdict;
	const all = OUTCOME_NAMES.reduce((n, o) => n + (sum[o] || 0), 0);
	const share = (n) => all ? percent((n || 0) / all) : "–";
	at("tiles").replaceChildren(
		tile("verdict so far", v
			? [sign(v.verdict), RESULT_WORDS[v.verdict]] : "–",
		{ class: `verdict ${v ? v.verdict : ""}` }),
		tile("attempts / s", trim(all / 5)),
		tile("injected, last 5 s", share(sum.injected)),
		tile("retries, last 5 s", share(sum.retries)),
		tile("connections", c ? count(c.connections) : "–"));
}
const PHASE_HEAD = ["phase", "from", "to", "attempts",
	...OUTCOMES.map(([, word]) => word), "first attempts", "retries"];
function drawPhaseTable() {
	const v = live.verdict;
	at("phases").replaceChildren(!v ? el("p", {}, "Nothing yet.")
		: table("What came in each phase", PHASE_HEAD,
			v.phases.filter((p) => p.played).map((p) => [p.name,
				seconds(p.start), seconds(p.end), count(p.attempts),
				...OUTCOME_NAMES.map((o) => count(p.outcomes[o])),
				count(p.roles.first), count(p.roles.retry)])));
	for (const [id, what] of [["outcomes", "by outcome"],
		["kinds", "by first attempts and retries"]])
		at(id).querySelector(".plot").setAttribute("aria-label",
			`Attempts each second ${what}. ${v
				? `${plural(v.attempts, "attempt")} so far. ` : ""}` +
			"The table of phases below tells their numbers.");
}

function limitWords(x) {
	return x.limit === null ? "" : typeof x.limit === "string"
		? `must be ${x.limit}`
		: `${x.limit_is === "min" ? "at least" : "at most"} ${
			quantity(x.unit, x.limit)}`;
}
function expectation(x) {
	return el("li", { class: `card ${x.status}` },
		el("span", { class: "status" }, sign(x.status),
			RESULT_WORDS[x.status]),
		el("h3", {}, x.name),
		el("span", { class: "value" }, el("b", {}, quantity(x.unit, x.value)),
			" ", limitWords(x)),
		el("p", { class: "why" }, x.why || ""));
}
function drawVerdict(v) {
	const key = v && v.expectations.map((x) =>
		[x.name, x.status, x.value_text, x.why]).join();
	if (at("verdict").dataset.of === String(key))
		return;
	at("verdict").dataset.of = key;
	at("verdict").replaceChildren(!v
		? el("p", { class: "empty" }, "Nothing is judged without a scenario.")
		: v.expectations.length === 0
			? el("p", { class: "empty" }, "The scenario expects nothing.")
			: el("ul", { class: "cards" }, v.expectations.map(expectation)));
	if (v)
		say(at("foot"), `${v.generator} · scenario ${v.scenario_hash} · ` +
			`seed ${v.seed_text} · ${plural(v.attempts, "attempt")}` +
			(v.losses ? ` · ${plural(v.losses, "record")} lost` : ""));
}

async function play(text) {
	at("problems").replaceChildren();
	try {
		const answer = await ask("PUT", "/v1/scenario", text,
			AbortSignal.timeout(8000));
		takeState(await answer.json());
		askRules();
		say(at("played"), "It plays.");
		at("headline").scrollIntoView({ block: "nearest" });
	} catch (e) {
		const problems = e.answer && e.answer.problems;
		say(at("played"), problems
			? "Refused; what was played goes on." : e.message);
		at("problems").replaceChildren(...(problems || []).map((p) =>
			el("li", {}, `line ${p.line}, column ${p.column}: ${p.text}`)));
	}
}

at("off").addEventListener("click", () => act("/v1/off"));
for (const button of document.querySelectorAll("[data-verb]"))
	button.addEventListener("click", () => {
		if (button.getAttribute("aria-disabled") !== "true")
			act(`/v1/scenario/${button.dataset.verb}`);
	});
at("play").addEventListener("submit", async (e) => {
	e.preventDefault();
	const file = at("file").files[0];
	play(file ? await file.text() : at("yaml").value);
});
at("ask").addEventListener("submit", (e) => {
	e.preventDefault();
	at("ask").hidden = true;
	useToken(at("token").value.trim());
	at("token").value = "";
});
live.on("token", (why) => {
	say(at("ask-why"), token ? `Refused: ${why}` : "");
	at("ask").hidden = false;
	at("token").focus();
});
live.on("connection", (up) => {
	const quiet = up || live.locked;
	at("lost").hidden = quiet;
	if (up)
		at("ask").hidden = true;
	if (!quiet)
		say(at("lost"), `No connection to brownout${live.why
			? `: ${live.why}` : ""}. What you see is old. Trying again.`);
	document.body.classList.toggle("stale", !quiet);
	document.body.classList.toggle("locked", live.locked);
	drawState();
});
live.on("state", drawState);
live.on("rules", () => { drawRules(); drawState(); });
live.on("counters", () => { drawTiles(); drawState(); });
live.on("verdict", (v) => {
	drawTiles();
	drawVerdict(v);
	drawPhaseTable();
});
live.on("state", () => drawRules());
startPlots();
stayConnected();
