"use strict";
/* The charts: seconds stacked by what they hold, over the scenario's phases.
 * uPlot draws; the phases are drawn beneath. */

const STACKS = {
	outcomes: OUTCOMES,
	kinds: [["first", "first attempts"], ["retries", "retries"]],
};
const plots = {};
let span = "all", colours = {};

function readColours() {
	const style = getComputedStyle(document.documentElement);
	for (const name of ["ink", "soft", "line", "grid", "card", "band",
		"edge", ...Object.values(STACKS).flat().map(([n]) => n)])
		colours[name] = style.getPropertyValue(`--${name}`).trim();
}
function fontOf(size, weight) {
	return `${weight || 400} ${size}px system-ui, "Segoe UI", Roboto, ` +
		'"Noto Sans", "DejaVu Sans", sans-serif';
}
function clock(s) {
	const m = Math.floor(s / 60);
	return m ? `${m}:${String(Math.round(s % 60)).padStart(2, "0")}`
		: `${trim(s, 4)} s`;
}

/* Where each phase lies: as played where that is known, as planned beyond. */
function phaseSpans() {
	const state = live.state;
	const plan = state && state.state !== "none" ? state.phases : [];
	const played = live.verdict ? live.verdict.phases : [];
	const here = state && state.phase, now = live.now();
	const scale = here && here.left !== null && plan[here.index].for
		? (here.into + here.left) / plan[here.index].for : 1;
	const out = [];
	let at = 0;
	plan.forEach((phase, i) => {
		const real = phase.for === null ? null
			: phase.for * scale * Math.max(1, phase.repeat);
		const seen = played[i] && played[i].played ? played[i] : null;
		let start = at, end = real === null ? Infinity : at + real;
		if (here && i === here.index) {
			start = seen ? Math.min(seen.start, now) : at;
			const rounds = Math.max(1, phase.repeat) - here.round - 1;
			end = phase.for === null ? Infinity : now +
				(here.left === null ? phase.for * scale - here.into
					: here.left - (performance.now() -
						live.stateAt) / 1000) +
				rounds * phase.for * scale;
		} else if (seen && (!here || i < here.index)) {
			start = seen.start;
			end = seen.end;
		}
		at = Math.max(start, end);
		out.push({ ...phase, start, end: at, index: i,
			now: Boolean(here) && i === here.index });
	});
	return out;
}
function shown() {
	const now = Math.max(1, live.now());
	if (span !== "all")
		return [Math.max(0, now - Number(span)),
			Math.max(Number(span), now)];
	const end = Math.max(0, ...phaseSpans().map((p) => p.end)
		.filter(Number.isFinite));
	return [Math.max(0, now - 3600), Math.max(now + 1, 30,
		end <= 3600 ? end : 0)];
}
/* Columns of one second, or of the mean of several where a second would be
 * thinner than a few pixels: where each is, what is in it, and how high each
 * part of the stack reaches (null: it is not there). */
function columns(names, width) {
	const [from, to] = shown();
	/* A second of which nothing was told yet is no empty second. */
	const last = Math.min(Math.floor(live.now() - .6), live.told);
	const step = Math.max(1, Math.ceil((to - from) / (width / 3)));
	const out = { x: [], own: names.map(() => []), tops: names.map(() => []) };
	for (let x = Math.floor(from / step) * step; x <= last; x += step) {
		let sum = 0;
		out.x.push(x);
		names.forEach((name, i) => {
			let own = 0;
			for (let s = x; s < x + step; s++)
				own += (live.bins.get(s) || {})[name] || 0;
			own /= step;
			sum += own;
			out.own[i].push(own);
			out.tops[i].push(own > 0 ? sum : null);
		});
	}
	return out;
}

/* As much of a name as has room; of one that has hardly any, nothing. */
function fitted(ctx, name, room) {
	for (let n = name.length; n > 2; n--) {
		const word = n < name.length ? `${name.slice(0, n - 1)}…` : name;
		if (ctx.measureText(word).width <= room)
			return word;
	}
	return "";
}
/* A tint behind each phase with rules, its name above. */
function drawPhases(u, named) {
	const ctx = u.ctx, px = devicePixelRatio, box = u.bbox;
	ctx.save();
	for (const phase of phaseSpans()) {
		const a = Math.max(box.left, u.valToPos(phase.start, "x", true));
		const b = Math.min(box.left + box.width, u.valToPos(
			Math.min(phase.end, u.scales.x.max), "x", true));
		if (b <= a)
			continue;
		if (phase.rules.length) {
			ctx.fillStyle = colours.band;
			ctx.fillRect(a, box.top, b - a, box.height);
		}
		ctx.fillStyle = colours.edge;
		ctx.fillRect(a, named ? box.top - 30 * px : box.top, px,
			box.height + (named ? 30 * px : 0));
		if (!named)
			continue;
		if (phase.now) {
			ctx.fillStyle = colours.ink;
			ctx.fillRect(a, box.top - 4 * px, b - a, 4 * px);
		}
		ctx.beginPath();
		ctx.rect(a, 0, b - a - 4 * px, box.top);
		ctx.save();
		ctx.clip();
		ctx.textAlign = "left";
		ctx.textBaseline = "alphabetic";
		ctx.font = fontOf(17 * px, phase.now ? 700 : 500);
		ctx.fillStyle = phase.now ? colours.ink : colours.soft;
		ctx.fillText(fitted(ctx, phase.name, b - a - 12 * px), a + 7 * px,
			box.top - 11 * px);
		ctx.restore();
	}
	ctx.restore();
}
/* In place of bars, where there are none. */
function drawNothing(u) {
	if (!live.state || !u.columns ||
		u.columns.tops.some((top) => top.some((v) => v !== null)))
		return;
	const px = devicePixelRatio, box = u.bbox;
	u.ctx.save();
	u.ctx.textAlign = "center";
	u.ctx.textBaseline = "middle";
	u.ctx.font = fontOf(17 * px);
	u.ctx.fillStyle = colours.soft;
	u.ctx.fillText(span === "all" ? "No request so far"
		: "No request in the last minute", box.left + box.width / 2,
	box.top + box.height / 2, box.width);
	u.ctx.restore();
}
/* Where we are. */
function drawNow(u) {
	const x = u.valToPos(live.now(), "x", true);
	if (!live.state || x > u.bbox.left + u.bbox.width)
		return;
	u.ctx.fillStyle = colours.ink;
	u.ctx.fillRect(x, u.bbox.top, 2 * devicePixelRatio, u.bbox.height);
}

function plotNew(id, height) {
	const stack = STACKS[id], named = id === "outcomes";
	const at = document.querySelector(`#${id} .plot`);
	const bars = uPlot.paths.bars({ size: [1], align: 1, gap: 1 });
	const axis = { stroke: () => colours.soft, font: fontOf(16),
		grid: { stroke: () => colours.grid, width: 1 },
		ticks: { show: false } };
	const series = stack.map(([name]) => ({ paths: bars, width: 0,
		fill: () => colours[name], points: { show: false } }));
	const u = new uPlot({
		width: Math.max(200, at.clientWidth), height,
		padding: [named ? 36 : 10, 26, 0, 0],
		legend: { show: false }, select: { show: false },
		cursor: { y: false, points: { show: false },
			drag: { x: false, y: false }, sync: { key: "time" } },
		scales: { x: { time: false, range: () => shown() },
			y: { range: (_, lo, hi) => [0, Math.max(5, hi * 1.08)] } },
		axes: [{ ...axis, size: 34, space: 80,
			grid: { show: false },
			values: (_, all) => all.map(clock) },
		{ ...axis, size: 56, space: 38 }],
		/* the highest stack first, so that the lower ones cover it */
		series: [{}, ...series.reverse()],
		hooks: { drawClear: [(v) => drawPhases(v, named)],
			draw: [drawNothing, drawNow], setCursor: [showSecond] },
	}, [[], ...stack.map(() => [])], at);
	new ResizeObserver(() => u.setSize({ height,
		width: Math.max(200, at.clientWidth) })).observe(at);
	plots[id] = u;
}
function drawLegend(id) {
	const to = document.querySelector(`#${id} .legend-at`);
	to.replaceChildren(el("ul", { class: "legend" },
		STACKS[id].map(([name, word]) => el("li", { "data-of": name },
			sv("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
				square(name)), word, el("b", {}, "")))));
}
/* The legend tells the second under the pointer, else the last one. */
function showSecond() {
	for (const id of Object.keys(plots)) {
		const u = plots[id], i = u.cursor.idx;
		const n = u.columns ? u.columns.x.length : 0;
		const k = i === null || i === undefined ? n - 1 : i;
		STACKS[id].forEach(([name], s) => {
			const b = document.querySelector(
				`#${id} [data-of="${name}"] b`);
			b.textContent = n === 0 ? "" : trim(u.columns.own[s][k] || 0);
		});
	}
}
function drawPlots() {
	for (const id of Object.keys(plots)) {
		const names = STACKS[id].map(([n]) => n), u = plots[id];
		u.columns = columns(names, u.width);
		u.setData([u.columns.x, ...u.columns.tops.toReversed()]);
	}
	showSecond();
}
function startPlots() {
	readColours();
	plotNew("outcomes", 330);
	plotNew("kinds", 190);
	Object.keys(STACKS).forEach(drawLegend);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
		() => { readColours(); drawPlots(); });
	for (const button of document.querySelectorAll("[data-span]"))
		button.addEventListener("click", () => {
			span = button.dataset.span;
			for (const other of document.querySelectorAll("[data-span]"))
				other.setAttribute("aria-pressed", other === button);
			drawPlots();
		});
	for (const name of ["counters", "verdict", "state"])
		live.on(name, drawPlots);
}
