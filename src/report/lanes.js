"use strict";
/* The time lines of operations that broke an expectation. */

enumerateLanes.most = 8;
/* Each operation once: the worst of every expectation that was not kept, then
 * the second worst, and so on. */
function enumerateLanes(report) {
	const seen = new Map();
	const broken = [...report.expectations.filter((x) => x.status === "fail"),
		...report.expectations.filter((x) => x.status === "inconclusive")];
	for (let i = 0; broken.some((x) => i < x.offenders.length); i++)
		for (const x of broken) {
			const o = x.offenders[i];
			if (!o || !o.attempts.length)
				continue;
			const key = [o.op, o.client, o.method, o.path].join("\n");
			if (!seen.has(key))
				seen.set(key, { ...o, whats: [] });
			const what = `${x.name}: ${o.what || "breaks it"}`;
			if (!seen.get(key).whats.includes(what))
				seen.get(key).whats.push(what);
		}
	return [...seen.values()];
}
function laneSpan(o) {
	const first = o.attempts[0].t;
	return o.attempts.reduce((a, m) => Math.max(a, m.end - first,
		(m.due || 0) - first), 0.001);
}
/* The wait that an answer asked for, up to when it was due. */
function laneWait(m, next, x, y) {
	if (m.retry_after === null)
		return null;
	const due = next && next.due !== null ? next.due : m.end + m.retry_after;
	const from = x(m.end);
	return sv("rect", { class: "wait", x: from, y: y - 11, height: 22,
		width: Math.max(0, Math.min(x(due), x.right) - from) },
	sv("title", {}, `told to wait ${seconds(m.retry_after)}`));
}
function laneMark(m, from, x, y, free) {
	const left = x(m.t - from), wide = Math.max(9, x(m.end - from) - left);
	const title = `attempt ${m.attempt} at ${seconds(m.t)}: ${m.status} ` +
		`${OUTCOME_WORDS[m.outcome]}, ${m.role}` +
		(m.gap === null ? "" : `, ${seconds(m.gap)} after the one before`) +
		(m.early ? ", too early" : "");
	const status = m.status || "none";
	return sv("g", { class: "attempt" }, sv("title", {}, title),
		sv("rect", { class: `mark mark-${m.outcome}`, x: left, y: y - 11,
			width: wide, height: 22, rx: 4 }),
		m.early || m.offends ? sv("rect", { class: "ring", x: left - 4,
			y: y - 15, width: wide + 8, height: 30, rx: 6 }) : null,
		free ? text(left + wide / 2, y - 21, status,
			{ "text-anchor": "middle",
				class: m.early || m.offends ? "bad" : "strong" }) : null);
}
/* Labels where they do not cover each other. */
function laneLabels(o, from, x, y) {
	let until = -99;
	return o.attempts.map((m, i) => {
		const before = o.attempts[i - 1];
		if (!before || m.gap === null)
			return null;
		const word = (m.early ? "early: " : "") + seconds(m.gap);
		const room = word.length * 7.6;
		const middle = Math.min(x.right - room / 2, Math.max(room / 2,
			(x(before.end - from) + x(m.t - from)) / 2));
		if (middle - room / 2 < until + 6)
			return null;
		until = middle + room / 2;
		return text(middle, y + 32, word, { "text-anchor": "middle",
			class: m.early ? "bad" : null });
	});
}
function lane(o, x, width) {
	const y = 40, from = o.attempts[0].t;
	const shift = (t) => x(t - from);
	shift.right = x.right;
	let until = -99;
	const waits = [], marks = [];
	o.attempts.forEach((m, i) => {
		const left = shift(m.t), free = left > until + 34;
		if (free)
			until = left;
		waits.push(laneWait(m, o.attempts[i + 1], shift, y));
		marks.push(laneMark(m, from, x, y, free));
	});
	return drawing(width, 80, `Time line of ${o.method} ${o.path}`,
		o.attempts.map((m) => `${seconds(m.t)}: ${m.status}` +
			(m.early ? " (early)" : "")).join("; "),
		sv("g", { class: "lane" },
			sv("line", { class: "axis", x1: 0, x2: width, y1: y, y2: y }),
			waits, marks, laneLabels(o, from, x, y)));
}
function laneScale(lanes, width) {
	const longest = Math.max(...lanes.map(laneSpan));
	const shortest = Math.min(longest, ...lanes.filter((o) =>
		o.attempts.length > 1).map(laneSpan));
	const x = longest > 15 * shortest
		? bent(longest, Math.max(shortest / 3, .02), 24, width - 26)
		: linear(longest, 24, width - 26);
	x.right = width - 4;
	return x;
}
function lanesFigure(report) {
	const all = enumerateLanes(report);
	const lanes = all.slice(0, enumerateLanes.most);
	if (!lanes.length)
		return el("figure", { id: "worst" },
			el("figcaption", {}, "The worst operations"),
			el("p", {}, "No operation broke an expectation."));
	const kinds = OUTCOMES.filter(([key]) => lanes.some((o) =>
		o.attempts.some((m) => m.outcome === key)));
	return figure("worst", (width) => {
		const x = laneScale(lanes, width);
		return [el("figcaption", {},
			"Attempts of the worst operations, from the first on"),
		legend([...kinds.map(([key, word]) => [square(key), word]),
			[sv("rect", { class: "wait", width: 16, height: 16 }),
				"wait as told"],
			[sv("g", { class: "lane" }, sv("rect", { class: "ring",
				x: 2, y: 2, width: 12, height: 12, rx: 3 })),
			"breaks an expectation"]]),
		lanes.map((o) => el("div", { class: "op" },
			el("p", {}, el("b", {}, `${o.method} ${o.path}`), " ",
				el("small", {}, "operation ", el("code", {}, o.op),
					`, grouping ${o.grouping}, ` +
					plural(o.n_attempts, "attempt") +
					(o.n_attempts > o.attempts.length
						? ", the first and last are shown" : ""))),
			el("p", {}, o.whats.join("; ")), lane(o, x, width))),
		sv("svg", { width, height: 30, "aria-hidden": "true" },
			sv("line", { class: "axis", x1: 0, x2: width, y1: 1, y2: 1 }),
			gridX(x.ticks(Math.max(3, width / 120)), x, 1, seconds)),
		all.length > lanes.length ? el("p", {},
			`${plural(all.length - lanes.length, "more operation")} ` +
			"in the evidence of the expectations above.") : null];
	});
}
