"use strict";
/* The charts over all attempts. Each function returns the figure. */

/* Bars of columns stacked by kind: one path a kind. heights[kind][i] in the
 * unit of y; left(i) and right(i) in pixels. */
function stack(kinds, heights, n, left, right, y) {
	const base = new Array(n).fill(0);
	return kinds.map((kind) => {
		let d = "", bars = 0;
		for (let i = 0; i < n; i++) {
			const h = heights[kind][i];
			if (!h)
				continue;
			const y0 = y(base[i]), y1 = y(base[i] + h);
			const gap = right(i) - left(i) > 3 ? 1 : 0;
			d += `M${left(i).toFixed(2)} ${y0.toFixed(2)}` +
				`V${y1.toFixed(2)}H${(right(i) - gap).toFixed(2)}` +
				`V${y0.toFixed(2)}Z`;
			base[i] += h;
			bars++;
		}
		return bars ? sv("path", { class: `mark mark-${kind}`, d,
			"data-kind": kind, "data-bars": bars }) : null;
	});
}
/* Bins summed so that at most `most` are left. */
function merge(series, keys, most) {
	const length = series.passed.length;
	const factors = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600];
	const factor = factors.find((f) => length / f <= most) ||
		Math.ceil(length / most);
	const n = Math.ceil(length / factor), out = {};
	for (const key of keys) {
		out[key] = new Array(n).fill(0);
		series[key].forEach((v, i) => {
			out[key][Math.floor(i / factor)] += v;
		});
	}
	return { n, width: series.width * factor, columns: out };
}
function sum(columns, keys, i) {
	return keys.reduce((a, key) => a + columns[key][i], 0);
}
function used(columns, kinds) {
	return kinds.filter(([key]) => columns[key].some((v) => v > 0));
}
function played(report) {
	return report.phases.filter((p) => p.played && p.end > p.start);
}
function phaseAt(report, t) {
	const p = played(report).find((q) => t >= q.start && t < q.end);
	return p ? p.name : "after the end";
}
function phaseBands(report, x, top, bottom) {
	return played(report).map((p) => {
		const left = x(p.start), room = x(p.end) - left;
		const fits = Math.floor((room - 10) / 9.6);
		const name = p.name.length <= fits ? p.name
			: fits > 3 ? `${p.name.slice(0, fits - 1)}…` : "";
		return sv("g", { class: "phase", "data-phase": p.name },
			sv("title", {}, `${p.name}: ${seconds(p.start)} to ` +
				`${seconds(p.end)}, ` + (p.rules.length
				? `rules ${p.rules.join(", ")}` : "no rules")),
			sv("rect", { x: left, width: Math.max(0, room), y: top,
				height: bottom - top,
				class: p.rules.length ? "band" : "",
				fill: p.rules.length ? null : "none",
				"pointer-events": "all" }),
			sv("line", { class: "edge", x1: left, x2: left, y1: top,
				y2: bottom }),
			text(left + 6, top + 17, name, { class: "strong" }));
	});
}

/* By the second; a short run by the tenth, as a second would hold too much. */
function timeSeries(report) {
	const { seconds: whole, tenths } = report.series;
	return report.end < 15 && !tenths.cut ? tenths : whole;
}
/* Phases, attempts by outcome, and below first attempts apart from retries. */
function timeFigure(report) {
	return figure("time", (width) => {
		const keys = OUTCOMES.map((o) => o[0]);
		const kinds = KINDS.map((k) => k[0]);
		const left = 62, right = width - 4, top = 4, upper = 300;
		const lowerTop = 340, bottom = 490;
		const bins = merge(timeSeries(report), keys.concat(kinds),
			Math.max(20, (right - left) / 7));
		const end = Math.max(report.end, bins.width,
			...played(report).map((p) => p.end));
		const x = linear(end, left, right);
		const rate = {};
		let most = 0, mostLower = 0;
		for (const key of keys.concat(kinds))
			rate[key] = bins.columns[key].map((v) => v / bins.width);
		for (let i = 0; i < bins.n; i++) {
			most = Math.max(most, sum(rate, keys, i));
			mostLower = Math.max(mostLower, sum(rate, kinds, i));
		}
		const y = linear(most * 1.06 || 1, upper, top + 28);
		const z = linear(mostLower * 1.06 || 1, bottom, lowerTop);
		const edge = (i) => x(Math.min(i * bins.width, end));
		const marks = (list, scale) => stack(list, rate, bins.n, edge,
			(i) => edge(i + 1), scale);
		const svg = drawing(width, bottom + 50, "Attempts over time",
			`${plural(report.attempts, "attempt")} in ` +
			`${seconds(report.end)}, stacked by outcome; below, first ` +
			`attempts apart from retries. Shaded phases have rules.`,
			phaseBands(report, x, top, bottom),
			gridY(ticks(most, 5), y, left, right, count),
			marks(keys, y),
			text(left, lowerTop - 12, "First attempts and retries",
				{ class: "strong halo" }),
			gridY(ticks(mostLower, 3), z, left, right, count),
			marks(kinds, z),
			gridX(x.ticks(Math.max(3, width / 110)), x, bottom, seconds,
				width + 18),
			text(right, bottom + 44, "time since the start",
				{ "text-anchor": "end" }));
		const say = (i) => {
			const from = i * bins.width, part = (pairs) =>
				used(bins.columns, pairs)
				.map(([key, word]) =>
					`${count(bins.columns[key][i])} ${word}`)
				.join(", ");
			return `${seconds(from)} to ${seconds(from + bins.width)} ` +
				`(${phaseAt(report, from)}): ${part(OUTCOMES)}; ` +
				part(KINDS);
		};
		const out = readable(svg, top, bottom, bins.n,
			(i) => (edge(i) + edge(i + 1)) / 2,
			(px) => Math.floor(x.invert(px) / bins.width), say);
		return [el("figcaption", {}, "Attempts a second, by outcome"),
			legend([...used(bins.columns, OUTCOMES),
				...used(bins.columns, KINDS)]
				.map(([key, word]) => [square(key), word])),
			svg, out, timeTable(report)];
	});
}
function timeTable(report) {
	return behind("Phases", ["phase", "time", "rules", "attempts",
		"first", "retries", ...OUTCOMES.map((o) => o[1]),
		"operations succeeded"],
	report.phases.map((p) => [p.name,
		p.played ? `${seconds(p.start)} to ${seconds(p.end)}`
			: "not played",
		p.rules.join(", "), count(p.attempts), count(p.roles.first),
		count(p.roles.retry + p.roles.resume + p.roles.hedge +
			p.roles.replay),
		...OUTCOMES.map((o) => count(p.outcomes[o[0]])),
		p.operations ? `${count(p.succeeded)} of ${count(p.operations)}`
			: "–"]));
}

/* What each retry waited against what it had been told. Few different values
 * stand side by side, each with its own early zone; many share an axis. */
function waitsFigure(report) {
	const points = report.waits;
	if (!points.length)
		return el("figure", { id: "waits" },
			el("figcaption", {}, "Wait against Retry-After"),
			el("p", {}, "No retry followed an answer with Retry-After."));
	const told = [...new Set(points.map((p) => p.retry_after))]
		.sort((a, b) => a - b);
	const early = report.waits_early, kept = report.waits_total - early;
	const every = Math.round(report.waits_total / points.length);
	return figure("waits", (width) => {
		const left = 74, right = width - 6, top = 34, bottom = 350;
		const most = points.reduce((a, p) =>
			Math.max(a, p.gap, p.retry_after), 0.001) * 1.06;
		const longest = told[told.length - 1] || 0.001;
		const uneven = most > 8 * longest ||
			(told[0] > 0 && longest > 40 * told[0]);
		const scale = (max, from, to) => uneven
			? bent(max, Math.max(told[0], .05), from, to)
			: linear(max, from, to);
		const y = scale(most, bottom, top);
		const columns = told.length <= 10;
		const step = (right - left) / told.length;
		const across = scale(longest * 1.04, left, right);
		const middle = (v) => left + (told.indexOf(v) + .5) * step;
		const x = (p, i) => columns ? middle(p.retry_after) +
			((i * 0.618034) % 1 - .5) * Math.min(step * .72, 220)
			: across(p.retry_after);
		const zone = columns ? told.map((v) => [
			sv("rect", { class: "zone", x: middle(v) - step * .46,
				width: step * .92, y: y(v), height: bottom - y(v) }),
			sv("line", { class: "told", x1: middle(v) - step * .46,
				x2: middle(v) + step * .46, y1: y(v), y2: y(v) })])
			: waitsDiagonal(across, y, longest, bottom);
		const shapes = points.map((p, i) => [p, x(p, i)])
			.sort((a, b) => a[0].early - b[0].early)
			.map(([p, px]) => waitsPoint(p, px, y(p.gap),
				points.length > 1000 ? 2 : 4.5));
		return [el("figcaption", {}, "Wait against Retry-After"),
			legend([[sv("circle", { class: "point kept", cx: 8, cy: 8,
				r: 6 }), `waited as told (${count(kept)})`],
			[sv("path", { class: "point early", d: "M8 15L1 3H15Z" }),
				`came too early (${count(early)})`],
			[sv("rect", { class: "zone", width: 16, height: 16 }),
				"early zone"]]),
			drawing(width, bottom + 50, "Wait against Retry-After",
				`${plural(early + kept, "retry").replace("retrys",
					"retries")} after Retry-After; ${count(early)} ` +
				"came before it was due.",
				text(0, 14, uneven ? "waited (logarithmic)" : "waited"),
				gridY(y.ticks(6), y, left, right, seconds), zone,
				columns ? told.map((v) => text(middle(v), bottom + 22,
					seconds(v), { "text-anchor": "middle",
						class: "strong" }))
				: gridX(across.ticks(6), across, bottom, seconds, width + 18),
				text(right, bottom + 44, "Retry-After as told" +
					(uneven && !columns ? " (logarithmic)" : ""),
					{ "text-anchor": "end" }), shapes),
			every > 1 ? el("p", { class: "readout" },
				`One in ${every} is drawn.`) : null,
			waitsTable(points, told)];
	});
}
function waitsDiagonal(across, y, longest, bottom) {
	let line = "";
	for (let i = 0; i <= 60; i++) {
		const v = longest * 1.04 * i / 60;
		line += `${i ? "L" : "M"}${across(v)} ${y(v)}`;
	}
	return [sv("path", { class: "zone",
		d: `${line}V${bottom}H${across(0)}Z` }),
	sv("path", { class: "told", d: line })];
}
function waitsPoint(p, x, y, r) {
	const title = sv("title", {}, `${p.status} at ${seconds(p.t)}: told ` +
		`${seconds(p.retry_after)}, waited ${seconds(p.gap)}`);
	return p.early
		? sv("path", { class: "point early",
			d: `M${x} ${y + 7}l-7 -12h14Z` }, title)
		: sv("circle", { class: "point kept", cx: x, cy: y, r }, title);
}
function waitsTable(points, told) {
	const rows = told.slice(0, 50).map((v) => {
		const gaps = points.filter((p) => p.retry_after === v);
		const sorted = gaps.map((p) => p.gap).sort((a, b) => a - b);
		const row = [seconds(v), count(gaps.length),
			count(gaps.filter((p) => p.early).length),
			seconds(sorted[0]),
			seconds(sorted[Math.floor(sorted.length / 2)]),
			seconds(sorted[sorted.length - 1])];
		row.bad = gaps.some((p) => p.early);
		return row;
	});
	return behind("Waits by Retry-After", ["told to wait", "retries",
		"too early", "shortest", "median", "longest"], rows);
}

/* How many each bar stands for, where neither a higher bar nor the words of the
 * one before are in the way. */
function barLabels(bars, step) {
	const taken = [];
	for (const bar of bars) {
		const half = roomOf(bar.word) / 2, y = bar.y - 8;
		if (bars.every((o) => o.y >= bar.y ||
			Math.abs(o.x - bar.x) > half + step * .38) &&
			taken.every((o) => Math.abs(o.x - bar.x) > o.half + half ||
			Math.abs(o.y - y) > 18))
			taken.push({ x: bar.x, y, half, word: bar.word });
	}
	return taken.map((o) => text(o.x, o.y, o.word,
		{ "text-anchor": "middle", class: "strong" }));
}
/* The line beyond which attempts are too many, and for whom. */
function attemptsLimit(x, px, late, right, top, bottom) {
	const word = `at most ${x.limit}` +
		(x.name === x.check ? "" : `: ${x.name}`);
	const room = (late ? px - 100 : right - px) - 8;
	const brief = roomOf(word) > room ? `at most ${x.limit}` : word;
	return [sv("line", { class: "limit", x1: px, x2: px, y1: top - 52,
		y2: bottom }, sv("title", {}, word)),
	text(px + (late ? -8 : 8), top - 40, brief,
		{ class: "strong halo", "text-anchor": late ? "end" : "start" })];
}
/* How many attempts operations took, with the limit where one is set: the
 * tightest that was broken, else the tightest. */
function attemptsFigure(report) {
	const all = report.attempts_histogram;
	let last = all.length - 1;
	while (last > 1 && !all[last])
		last--;
	const limits = report.expectations.filter((x) =>
		x.check === "attempts" && x.limit_is === "max" && x.n > 0 &&
		typeof x.limit === "number");
	const broken = limits.filter((x) => x.status === "fail");
	const drawn = (broken.length ? broken : limits)
		.reduce((a, x) => a && a.limit <= x.limit ? a : x, null);
	const limit = drawn && drawn.limit;
	const shown = Math.min(all.length - 1,
		Math.max(last, limit === null ? 0 : limit + 1, 4));
	const name = (i) => i === all.length - 1 ? `${i} or more` : String(i);
	return figure("attempts", (width) => {
		const left = 62, right = width - 6, top = 54, bottom = 350;
		const most = Math.max(1, ...all);
		const y = linear(most, bottom, top);
		const step = (right - left) / shown;
		const at = (i) => left + (i - 1) * step;
		const every = Math.ceil(shown * 34 / (right - left));
		const bars = [], labels = [];
		for (let i = 1; i <= shown; i++) {
			if (!all[i])
				continue;
			const h = Math.max(3, bottom - y(all[i]));
			const over = broken.length > 0 && i > limit;
			labels.push({ x: at(i) + step / 2, y: bottom - h,
				word: count(all[i]) });
			bars.push(sv("rect", {
				class: `mark mark-${over ? "over" : "count"}`,
				x: at(i) + step * .12, width: step * .76, rx: 3,
				y: bottom - h, height: h, "data-attempts": i },
			sv("title", {}, `${plural(all[i], "operation")} with ` +
				(i === 1 ? "1 attempt" : `${name(i)} attempts`))));
		}
		const numbers = [];
		for (let i = shown; i >= 1; i -= every)
			numbers.push(text(at(i) + step / 2, bottom + 22,
				i === all.length - 1 ? `${i}+` : i,
				{ "text-anchor": "middle" }));
		const line = limit !== null && limit >= 1 && limit <= shown
			? attemptsLimit(drawn, at(limit + 1), limit * 2 > shown,
				right, top, bottom) : null;
		return [el("figcaption", {}, "Attempts an operation took"),
			drawing(width, bottom + 50, "Attempts per operation",
				`${plural(report.operations, "operation")}; the longest ` +
				`took ${name(last)} attempts.`,
				text(0, top - 40, "operations"),
				gridY(ticks(most, 4), y, left, right, count), bars,
				barLabels(labels, step), numbers, line, text(right, bottom + 44,
					"attempts of one operation",
					{ "text-anchor": "end" })),
			behind("Operations by attempts", ["attempts", "operations",
				"share"], all.map((n, i) => [name(i), count(n),
				percent(n / Math.max(1, report.operations))])
				.slice(1, shown + 1))];
	});
}

/* The moments when faults ended. */
function recoveries(report) {
	const list = played(report), out = [];
	list.forEach((p, i) => {
		if (p.rules.length && i + 1 < list.length &&
			!list[i + 1].rules.length)
			out.push({ at: p.end, name: `after ${p.name}` });
	});
	return out;
}
function herdWindow(series, at) {
	const from = Math.max(0, Math.round((at - 2) / series.width));
	const to = Math.min(series.first.length,
		Math.round((at + 10) / series.width));
	const load = (i) => series.first[i] + series.retries[i] +
		series.others[i];
	const zero = Math.round(at / series.width);
	let peak = -1;
	for (let i = zero; i < to; i++)
		if (peak < 0 || load(i) > load(peak))
			peak = i;
	return { from, to, at, load, peak, height: peak < 0 ? 0 : load(peak) };
}
/* Arrivals by the tenth of a second around the end of a fault. */
function herdFigure(report) {
	const series = report.series.tenths;
	const moments = recoveries(report).map((m) =>
		({ ...m, ...herdWindow(series, m.at) })).filter((m) =>
		m.peak >= 0);
	if (!moments.length)
		return el("figure", { id: "herd" },
			el("figcaption", {}, "Arrivals after a fault ended"),
			el("p", {}, recoveries(report).length
				? series.cut
					? "The run was too long to keep arrivals by " +
					"the tenth of a second until then."
					: "No request arrived after a fault had ended."
				: "No phase with rules was followed by one without: " +
				"there is no recovery to look at."));
	let chosen = moments.reduce((a, m) => m.height > a.height ? m : a);
	const node = figure("herd", (width) =>
		herdDraw(report, series, chosen, moments, width, (m) => {
			chosen = m;
			node.redraw();
			node.querySelector("[aria-pressed=true]").focus();
		}));
	return node;
}
function herdDraw(report, series, m, moments, width, choose) {
	const left = 62, right = width - 6, top = 40, bottom = 300;
	const kinds = KINDS.map((k) => k[0]), n = m.to - m.from;
	const heights = {};
	for (const key of kinds)
		heights[key] = series[key].slice(m.from, m.to);
	const usual = report.baseline.rate === null ? null
		: report.baseline.rate * series.width;
	const most = Math.max(1, usual || 0, ...heights.first.map((v, i) =>
		m.load(m.from + i)));
	const y = linear(most * 1.15, bottom, top), step = (right - left) / n;
	const x = (t) => left + (t / series.width - m.from) * step;
	const peakX = left + (m.peak - m.from + .5) * step;
	const peak = `peak ${m.height} in ${seconds(series.width)}`;
	const words = peak +
		(usual ? `, ${trim(m.height / usual)}× the usual` : "");
	const late = peakX > (left + right) / 2;
	const shown = roomOf(words, true) <= (late ? peakX - left : right - peakX)
		? words : peak;
	const times = [], second = step / series.width;
	const each = [1, 2, 5].find((k) => k * second >= 48) || 10;
	for (let t = -2; t <= 10; t++)
		if (t % each === 0 && x(m.at + t) >= left - 1 &&
			x(m.at + t) <= right + 1)
			times.push(t);
	const svg = drawing(width, bottom + 50, "Arrivals after a fault ended",
		`By ${seconds(series.width)}, ${m.name}: ${words}.`,
		sv("rect", { class: "band", x: left, y: top - 10,
			width: Math.max(0, x(m.at) - left),
			height: bottom - top + 10 }),
		gridY(ticks(most, 4), y, left, right, count),
		stack(kinds, heights, n, (i) => left + i * step,
			(i) => left + (i + 1) * step, y),
		sv("line", { class: "edge", x1: x(m.at), x2: x(m.at),
			y1: top - 34, y2: bottom }),
		text(x(m.at) + 6, top - 24, "fault over", { class: "strong" }),
		usual ? sv("line", { class: "usual", x1: left, x2: right,
			y1: y(usual), y2: y(usual) }) : null,
		m.height ? text(Math.max(peakX, left + 4), y(m.height) - 10, shown,
			{ class: "strong halo",
				"text-anchor": late ? "end" : "start" }) : null,
		gridX(times, (t) => x(m.at + t), bottom,
			(t) => t === 0 ? "0 s" : `${t > 0 ? "+" : ""}${t} s`,
			width + 18),
		text(right, bottom + 44, "since the fault ended",
			{ "text-anchor": "end" }));
	const out = readable(svg, top, bottom, n,
		(i) => left + (i + .5) * step,
		(px) => Math.floor((px - left) / step),
		(i) => `${seconds((m.from + i) * series.width)}: ` +
			KINDS.map(([key, word]) => `${heights[key][i]} ${word}`)
				.join(", "));
	return [el("figcaption", {}, "Arrivals after a fault ended, each " +
		seconds(series.width)),
	moments.length > 1 ? el("div", { class: "choice", role: "group",
		"aria-label": "Which recovery" }, moments.map((o) => {
		const b = el("button", { type: "button",
			"aria-pressed": String(o === m) }, o.name);
		b.addEventListener("click", () => choose(o));
		return b;
	})) : null,
	legend([...used(heights, KINDS).map(([key, word]) => [square(key), word]),
		...usual ? [[sv("line", { class: "usual", x1: 0, x2: 16, y1: 8,
			y2: 8 }), `the usual: ${trim(usual)}`]] : []]),
	svg, out, behind(`Arrivals ${m.name}`, ["from", "first", "retries",
		"others"], heights.first.map((v, i) => [
		seconds((m.from + i) * series.width), count(v),
		count(heights.retries[i]), count(heights.others[i])]))];
}
