"use strict";
/* The page: the verdict first, then what it rests on. */

function grouping(shares) {
	return ["exact", "strong", "inferred", "aggregate"]
		.filter((g) => shares[g] > 0)
		.map((g) => `${percent(shares[g])} ${g}`).join(", ");
}
function limitWords(x) {
	if (x.limit === null)
		return "";
	if (typeof x.limit === "string")
		return `must be ${x.limit}`;
	return `${x.limit_is === "min" ? "at least" : "at most"} ` +
		quantity(x.unit, x.limit);
}
function interval(x) {
	if (!x.interval || x.interval[0] === null || x.interval[1] === null)
		return "";
	const bound = (v) => quantity(x.unit,
		x.unit === "count" ? Math.round(v) : v);
	return `${bound(x.interval[0])} to ${bound(x.interval[1])}`;
}

function banner(report) {
	const numbers = [["attempts", count(report.attempts)],
		["operations", count(report.operations)],
		["attempts each", report.operations
			? trim(report.attempts / report.operations) : "–"],
		["run", seconds(report.end)], ["seed", report.seed_text]];
	if (report.losses)
		numbers.push(["records lost", count(report.losses)]);
	return el("header", { class: report.verdict }, el("div", { class: "wrap" },
		el("p", { class: "what" }, "brownout · ", report.scenario,
			report.description ? ` · ${report.description}` : ""),
		el("h1", {}, sign(report.verdict), RESULT_WORDS[report.verdict]),
		el("p", { class: "line" },
			(report.partial ? "So far: " : "") +
			report.line.replace(/^[^(]*\(|\)$/g, "")),
		el("dl", { class: "numbers" }, numbers.map(([name, value]) =>
			el("div", {}, el("dt", {}, name), el("dd", {}, value))))));
}

/* Value and interval against the limit, on one bar. */
function bullet(x) {
	if (typeof x.value !== "number" || typeof x.limit !== "number")
		return el("div", { class: "bullet" });
	const bounds = x.interval && x.interval[0] !== null &&
		x.interval[1] !== null ? x.interval : [x.value, x.value];
	const least = Math.min(x.limit, x.value, bounds[0]);
	const most = Math.max(x.limit, x.value, bounds[1]);
	/* Shares near all of it are told apart by what is missing. */
	const base = x.unit === "share" && least > .5
		? 1 - (1 - least) * 1.25 : 0;
	const top = (x.unit === "share" && most > .5 ? 1 : most * 1.15) || 1;
	const at = (v) => 8 + 224 * (base >= top ? 1
		: Math.max(0, Math.min(1, (v - base) / (top - base))));
	const fine = x.limit_is === "min" ? [at(x.limit), 232] : [8, at(x.limit)];
	return el("div", { class: "bullet" }, sv("svg", { viewBox: "0 0 240 34",
		role: "img", "aria-label": `value ${x.value_text}, ${limitWords(x)}` +
		(interval(x) ? `, 95 % interval ${interval(x)}` : "") },
	sv("rect", { class: "track", x: 8, y: 12, width: 224, height: 10, rx: 5 }),
	sv("rect", { class: "fine", x: fine[0], y: 12, height: 10,
		width: Math.max(0, fine[1] - fine[0]) }),
	sv("line", { class: "spread", x1: at(bounds[0]), x2: at(bounds[1]),
		y1: 17, y2: 17 }),
	sv("line", { class: "tick", x1: at(x.limit), x2: at(x.limit), y1: 5,
		y2: 29 }),
	sv("circle", { class: "dot", cx: at(x.value), cy: 17, r: 7 })));
}

function evidence(x) {
	if (!x.offenders.length)
		return null;
	return el("details", {},
		el("summary", {}, `Evidence: ${x.offenders.length} of ` +
			plural(Math.max(x.n_offending, x.offenders.length),
				"case")),
		x.offenders.map((o) => table(
			`${o.method} ${o.path}, operation ${o.op} (${o.grouping}): ` +
			(o.what || ""),
			["attempt", "at", "status", "outcome", "role", "waited",
				"told to wait", "upstream", "rule"],
			o.attempts.map((m) => {
				const row = [String(m.attempt), seconds(m.t),
					m.status || "none", OUTCOME_WORDS[m.outcome],
					m.role, seconds(m.gap) + (m.early ? " (early)"
						: ""), seconds(m.retry_after),
					m.upstream + (m.upstream_status
						? ` ${m.upstream_status}` : ""),
					m.rule || "–"];
				row.bad = m.offends || m.early;
				return row;
			}))));
}
function card(x) {
	const facts = [`n = ${count(x.n)}${x.n_of ? ` ${x.n_of}` : ""}`,
		interval(x) && `95 % interval ${interval(x)}`,
		grouping(x.grouping) && `grouping ${grouping(x.grouping)}`,
		x.implied ? "from the profile" : x.line && `line ${x.line}`];
	return el("li", { class: `card ${x.status}`, "data-name": x.name },
		el("div", { class: "top" },
			el("span", { class: "status" }, sign(x.status),
				RESULT_WORDS[x.status]),
			el("h3", {}, x.name),
			el("div", { class: "value" },
				el("b", {}, quantity(x.unit, x.value)),
				el("span", {}, limitWords(x))),
			bullet(x)),
		x.why ? el("p", { class: "why" }, x.why) : null,
		el("p", { class: "facts" }, facts.filter(Boolean).join(" · ")),
		evidence(x));
}
function expectations(report) {
	const idle = (x) => x.implied && x.status === "not_exercised";
	const order = ["fail", "inconclusive", "not_exercised", "pass"];
	const shown = report.expectations.filter((x) => !idle(x))
		.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
	const rest = report.expectations.filter(idle);
	return el("section", { id: "expectations", "aria-label": "Expectations" },
		el("h2", {}, "What was expected"),
		shown.length ? el("ul", { class: "cards" }, shown.map(card))
			: el("p", {}, report.expectations.length
				? "Nothing that was expected met a case."
				: "The scenario expects nothing; this page shows what " +
				"happened."),
		rest.length ? el("details", { class: "idle" },
			el("summary", {}, plural(rest.length, "more expectation") +
				` of the profile ${report.profile} met no case`),
			el("ul", { class: "cards" }, rest.map(card))) : null);
}

function rules(report) {
	if (!report.rules.length)
		return null;
	return el("section", { id: "rules" }, el("h2", {}, "Rules"),
		el("p", {}, "Whether faults came as often as the scenario says."),
		el("figure", {}, table("Configured and achieved", ["rule", "matched", "injected",
			"configured", "achieved", "95 % interval"],
		report.rules.map((r) => [r.name,
			r.matched === null ? "–" : count(r.matched),
			count(r.injected), percent(r.configured),
			r.matched ? percent(r.achieved) : "–",
			r.matched ? `${percent(r.interval[0])} to ` +
				percent(r.interval[1]) : "–"]))));
}
function nothing() {
	return el("div", { class: "empty", role: "status" },
		el("h2", {}, "No request arrived"),
		el("p", {}, "There is nothing to draw and nothing to judge. Was the " +
			"client pointed at brownout's address, and did it run while " +
			"the scenario was played?"));
}
function charts(report) {
	return [
		el("h2", {}, "What happened"),
		el("p", {}, "Shaded phases have rules that inject faults."),
		timeFigure(report),
		el("div", { class: "pair" },
			el("section", {}, el("h2", {}, "Did it wait as told?"),
				waitsFigure(report)),
			el("section", {}, el("h2", {}, "How often did it try?"),
				attemptsFigure(report))),
		el("h2", {}, "Did they all come back at once?"), herdFigure(report),
		el("h2", {}, "The worst operations"), lanesFigure(report)];
}
function render(report) {
	document.getElementById("page").replaceChildren(
		banner(report),
		el("main", { class: "wrap" },
			report.notes.length ? el("ul", { class: "notes" },
				report.notes.map((n) => el("li", {}, n))) : "",
			...(report.attempts
				? [expectations(report), charts(report), rules(report)]
				: [nothing(), expectations(report)])
				.flat(9).filter(Boolean),
			el("footer", {}, `${report.generator} · scenario `,
				el("code", {}, report.scenario_hash),
				` · seed ${report.seed_text}` +
				(report.profile ? ` · profile ${report.profile}` : "") +
				(grouping(report.grouping)
					? ` · grouping ${grouping(report.grouping)}` : "") +
				(report.sampled < 1
					? ` · ${percent(report.sampled)} of the ` +
					"operations kept" : ""))));
}
/* At once, not when the browser finds the time to tell sizes. */
function drawFigures() {
	for (const node of document.querySelectorAll("figure"))
		if (node.redraw)
			node.redraw();
}
render(JSON.parse(document.getElementById("report").textContent));
drawFigures();
