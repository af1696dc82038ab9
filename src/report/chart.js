"use strict";
/* What all charts share: elements, scales, words for numbers. Text only ever
 * becomes text nodes, so nothing that a client sent can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/* Controls become escapes that can be seen, also those that turn the direction
 * of writing. */
function clean(string) {
	const hidden =
		/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
	return string.replace(hidden, (c) => c < "\u0100"
		? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`
		: `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== undefined && value !== null)
			node.setAttribute(name, clean(String(value)));
	for (const child of children.flat(9))
		if (child !== null && child !== undefined)
			node.append(child.nodeType ? child : clean(String(child)));
	return node;
}
function el(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}
function sv(name, attributes, ...children) {
	return fill(document.createElementNS(SVG, name), attributes, children);
}

function count(n) {
	return n.toLocaleString("en");
}
function plural(n, word) {
	return `${count(n)} ${word}${n === 1 ? "" : "s"}`;
}
function trim(x, digits) {
	return String(Number(x.toPrecision(digits || 3)));
}
function seconds(s) {
	if (s === null || s === undefined)
		return "–";
	if (s !== 0 && Math.abs(s) < 0.9995)
		return `${trim(s * 1000)} ms`;
	if (Math.abs(s) < 120)
		return `${trim(s, 4)} s`;
	const [big, word, small, rest] = Math.abs(s) < 7170
		? [60, "min", 1, "s"] : [3600, "h", 60, "min"];
	const whole = Math.round(s / small) * small;
	const over = whole % big / small;
	return `${Math.floor(whole / big)} ${word}` + (over ? ` ${over} ${rest}` : "");
}
/* As fine as the other reports: what is nearly all is told from all. */
function percent(x) {
	return x === null ? "–" : `${trim(x * 100, x > .999 ? 7 : 4)} %`;
}
function quantity(unit, x) {
	if (x === null || typeof x === "string")
		return x === null ? "–" : x;
	if (unit === "share")
		return percent(x);
	if (unit === "seconds")
		return seconds(x);
	return unit === "times" ? `${trim(x)}×` : count(x);
}
const OUTCOMES = [["passed", "passed"], ["injected", "fault injected"],
	["client_closed", "client left"], ["upstream_error", "upstream failed"],
	["refused", "refused by brownout"]];
const OUTCOME_WORDS = Object.fromEntries(OUTCOMES);
const KINDS = [["first", "first attempts"], ["retries", "retries"],
	["others", "continuations and repeats"]];
const RESULT_WORDS = { pass: "pass", fail: "fail",
	inconclusive: "inconclusive", not_exercised: "not exercised" };

/* The sign of a result: shape and word tell it, colour only helps. */
function sign(result) {
	const paths = { pass: "M5 13l5 5L20 7", fail: "M6 6l12 12M18 6L6 18",
		inconclusive: "M8 9a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1-1.5 2.3M12 18.5v.5",
		not_exercised: "M5 12h14" };
	return sv("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
		sv("path", { d: paths[result], fill: "none",
			stroke: "currentColor", "stroke-width": 3.4,
			"stroke-linecap": "round", "stroke-linejoin": "round" }));
}

/* About n round numbers from 0 to at least most of max: counts, so whole. */
function ticks(max, n) {
	if (!(max > 0))
		return [0];
	const raw = Math.max(1, max / n);
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].find((k) => k * power >= raw) * power;
	const out = [];
	for (let x = 0; x <= max * 1.0001; x += step)
		out.push(Number(x.toPrecision(12)));
	return out;
}
/* The same for time: steps that people count in. */
function timeTicks(max, n) {
	const steps = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5,
		10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400,
		43200, 86400, 172800, 432000, 864000];
	const step = steps.find((s) => max / s <= n) || max / n;
	const out = [];
	for (let x = 0; x <= max * 1.0001; x += step)
		out.push(Number(x.toPrecision(12)));
	return out;
}
function linear(max, from, to) {
	const scale = (x) => from + (to - from) * x / max;
	scale.invert = (px) => (px - from) * max / (to - from);
	scale.ticks = (n) => timeTicks(max, n);
	return scale;
}
/* Linear up to about knee, logarithmic beyond: for waits of very different
 * lengths. */
function bent(max, knee, from, to) {
	const top = Math.log1p(max / knee);
	const scale = (x) =>
		from + (to - from) * Math.log1p(Math.max(0, x) / knee) / top;
	scale.ticks = (n) => {
		const out = [0];
		let last = scale(0);
		for (const x of [.001, .01, .1, .5, 1, 2, 5, 10, 30, 60, 120, 300,
			600, 1800, 3600, 7200, 21600, 86400])
			if (x <= max && Math.abs(scale(x) - last) >
				Math.abs(to - from) / n * .6) {
				out.push(x);
				last = scale(x);
			}
		return out;
	};
	return scale;
}
function text(x, y, string, attributes) {
	return sv("text", { x, y, ...attributes }, string);
}
/* Horizontal lines with numbers at the left. */
function gridY(values, y, left, right, word) {
	return values.map((v) => [
		sv("line", { class: v === 0 ? "axis" : "grid", x1: left, x2: right,
			y1: y(v), y2: y(v) }),
		text(left - 8, y(v) + 5, word(v), { "text-anchor": "end" })]);
}
/* Numbers below the axis, none of them beyond right. */
function gridX(values, x, bottom, word, right) {
	return values.map((v) => [
		sv("line", { class: "axis", x1: x(v), x2: x(v), y1: bottom,
			y2: bottom + 5 }),
		x(v) + roomOf(word(v)) / 2 > right
			? text(right, bottom + 22, word(v), { "text-anchor": "end" })
			: text(x(v), bottom + 22, word(v),
				{ "text-anchor": "middle" })]);
}
/* About how wide a text is, in the widest of the fonts that it may be in. */
function roomOf(string, bold) {
	return [...string].length * (bold ? 10 : 8.8);
}
/* A long text without its middle. */
function shorten(string, most) {
	const all = [...string], half = Math.floor((most - 1) / 2);
	return all.length <= most ? string
		: `${all.slice(0, half).join("")}…${all.slice(-half).join("")}`;
}
let ids = 0;
/* A drawing with a name and a description for those who do not see it. */
function drawing(width, height, title, description, ...children) {
	const id = `d${++ids}`;
	return sv("svg", { width, height, viewBox: `0 0 ${width} ${height}`,
		role: "img", "aria-labelledby": `${id}t ${id}d` },
		sv("title", { id: `${id}t` }, title),
		sv("desc", { id: `${id}d` }, description), children);
}
function table(caption, head, rows) {
	return el("div", { class: "scroll", tabindex: 0, role: "group",
		"aria-label": caption },
		el("table", {}, el("caption", {}, caption),
			el("thead", {}, el("tr", {}, head.map((h) =>
				el("th", { scope: "col" }, h)))),
			el("tbody", {}, rows.map((row) =>
				el("tr", { class: row.bad ? "bad" : null },
					row.map((cell, i) => el(i ? "td" : "th",
						i ? { class: String(cell).length < 24
							? "short" : null }
							: { scope: "row" },
						cell)))))));
}
/* The numbers behind a chart. */
function behind(caption, head, rows) {
	return el("details", {}, el("summary", {}, "Show as a table"),
		table(caption, head, rows));
}
function legend(items) {
	return el("ul", { class: "legend" }, items.map(([shape, word]) =>
		el("li", {}, sv("svg", { viewBox: "0 0 16 16",
			"aria-hidden": "true" }, shape), word)));
}
function square(kind) {
	return sv("rect", { width: 16, height: 16, rx: 3,
		class: `mark-${kind}` });
}
/* A figure that is drawn for its width, again when that changes. */
function figure(id, draw) {
	const node = el("figure", { id });
	let width = 0;
	const redraw = () => {
		const inner = node.clientWidth - 2 * 22;
		if (inner > 0 && inner !== width) {
			width = inner;
			node.replaceChildren(...draw(width).flat(9)
				.filter((x) => x));
		}
	};
	node.redraw = () => { width = 0; redraw(); };
	/* Drawing changes the size that is being told: not before the next
	 * frame. */
	new ResizeObserver(() => requestAnimationFrame(redraw)).observe(node);
	return node;
}
/* Lets pointer and arrow keys read a chart of n columns: where(i) is the middle
 * of column i, at(px) its number, say(i) what it holds. */
function readable(svg, top, bottom, n, where, at, say) {
	const out = el("p", { class: "readout", "aria-live": "polite" },
		"Point at the chart, or focus it and use the arrow keys.");
	const line = sv("line", { class: "cursor", y1: top, y2: bottom,
		visibility: "hidden" });
	let now = -1;
	const show = (i) => {
		now = Math.max(0, Math.min(n - 1, i));
		line.setAttribute("x1", where(now));
		line.setAttribute("x2", where(now));
		line.setAttribute("visibility", "visible");
		out.textContent = say(now);
	};
	svg.append(line);
	svg.setAttribute("tabindex", 0);
	svg.addEventListener("pointermove", (e) =>
		show(at(e.clientX - svg.getBoundingClientRect().left)));
	svg.addEventListener("keydown", (e) => {
		const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0,
			End: n - 1 }[e.key];
		if (to === undefined)
			return;
		e.preventDefault();
		show(to);
	});
	return out;
}
