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
				seen.set(key, { ...o, whats: new Map(),
					attempts: o.attempts.map((m) => ({ ...m })) });
			laneBlame(seen.get(key), x, o);
		}
	return [...seen.values()];
}
/* Adds what the operation did against one more expectation, and when. */
function laneBlame(to, x, o) {
	const what = o.what || "breaks it";
	const names = to.whats.get(what) || [];
	if (!names.includes(x.name))
		to.whats.set(what, [...names, x.name]);
	for (const m of to.attempts)
		m.offends ||= o.attempts.some((n) =>
			n.attempt === m.attempt && n.offends) ||
			(x.check === "attempts" && m.role !== "first" &&
				m.attempt > x.limit);
}
function laneWhats(o) {
	return [...o.whats].map(([what, names]) =>
		`${names.join(", ")}: ${what}`).join("; ");
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
	const due = next && next.attempt === m.attempt + 1 && next.due !== null
		? next.due : m.end + m.retry_after;
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
/* What stands below the line before an attempt: how long it waited, or how many
 * attempts are left out there. */
function laneWord(m, before) {
	const out = m.attempt - before.attempt - 1;
	if (out > 0)
		return `… ${count(out)} more …`;
	return m.gap === null ? "" : (m.early ? "early: " : "") + seconds(m.gap);
}
/* Words where they do not cover each other; what is early and what is left out
 * comes first. */
function laneLabels(o, shift, y) {
	const words = o.attempts.slice(1).map((m, i) => {
		const before = o.attempts[i], word = laneWord(m, before);
		const half = roomOf(word, m.early) / 2;
		return { word, half, early: m.early,
			first: m.early || m.attempt > before.attempt + 1,
			middle: Math.min(shift.right - half, Math.max(half,
				(shift(before.end) + shift(m.t)) / 2)) };
	}).filter((w) => w.word).sort((a, b) => b.first - a.first);
	const taken = [];
	for (const w of words)
		if (taken.every((o) => Math.abs(o.middle - w.middle) >=
			o.half + w.half + 4))
			taken.push(w);
	return taken.map((w) => text(w.middle, y + 32, w.word,
		{ "text-anchor": "middle", class: w.early ? "bad" : null }));
}
function lane(o, x, width) {
	const y = 40, from = o.attempts[0].t;
	const shift = (t) => x(t - from);
	shift.right = x.right;
	let until = -99;
	const waits = [], marks = [];
	o.attempts.forEach((m, i) => {
		const left = shift(m.t), free = left > until + 38;
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
			waits, marks, laneLabels(o, shift, y)));
}
function laneScale(lanes, width) {
	const longest = Math.max(...lanes.map(laneSpan));
	const shortest = Math.min(longest, ...lanes.filter((o) =>
		o.attempts.length > 1).map(laneSpan));
	const x = longest > 15 * shortest
		? bent(longest, Math.max(shortest / 3, .02), 24, width - 26)
		: linear(longest, 24, width - 26);
	x.bent = longest > 15 * shortest;
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
	const some = (is) => lanes.some((o) => o.attempts.some(is));
	const kinds = OUTCOMES.filter(([key]) =>
		some((m) => m.outcome === key));
	return figure("worst", (width) => {
		const x = laneScale(lanes, width);
		return [el("figcaption", {},
			"Attempts of the worst operations, from the first on"),
		legend([...kinds.map(([key, word]) => [square(key), word]),
			some((m) => m.retry_after !== null) &&
			[sv("rect", { class: "wait", width: 16, height: 16 }),
				"wait as told"],
			some((m) => m.early || m.offends) &&
			[sv("g", { class: "lane" }, sv("rect", { class: "ring",
				x: 2, y: 2, width: 12, height: 12, rx: 3 })),
			"breaks an expectation"]].filter(Boolean)),
		lanes.map((o) => el("div", { class: "op" },
			el("p", {}, el("b", { title: o.path },
				`${o.method} ${shorten(o.path, 120)}`), " ",
				el("small", {}, "operation ",
					el("code", { title: o.op }, shorten(o.op, 80)),
					`, grouping ${o.grouping}, ` +
					plural(o.n_attempts, "attempt") +
					(o.n_attempts > o.attempts.length
						? ", the first and last are shown" : ""))),
			el("p", {}, laneWhats(o)), lane(o, x, width))),
		sv("svg", { width, height: 52, viewBox: `0 0 ${width} 52`,
			"aria-hidden": "true" },
		sv("line", { class: "axis", x1: 0, x2: width, y1: 1, y2: 1 }),
		gridX(x.ticks(Math.max(3, width / 120)), x, 1, seconds,
			width + 18),
		text(width, 45, "since the first attempt" +
			(x.bent ? ", logarithmic" : ""),
		{ "text-anchor": "end" })),
		all.length > lanes.length ? el("p", {},
			`${plural(all.length - lanes.length, "more operation")} ` +
			"in the evidence of the expectations above.") : null];
	});
}
