"use strict";
/* The connection: asks the admin API, listens to its events, and keeps what it
 * said in `live`. Whoever shows it listens with live.on(name, function). */

const OUTCOME_NAMES = OUTCOMES.map(([name]) => name);
const live = {
	state: null, rules: [], verdict: null, counters: null,
	connected: false, locked: false, why: "",
	zero: null, /* performance.now() at second 0 of the charts */
	bins: new Map(), /* second -> { passed, ..., first, retries } */
	told: -1, /* the last of them */
	ears: {},
	on(name, ear) { (this.ears[name] ||= []).push(ear); },
	tell(name, value) { for (const ear of this.ears[name] || []) ear(value); },
	now() {
		return this.zero === null ? 0
			: (performance.now() - this.zero) / 1000;
	},
};
let token = sessionStorage.getItem("brownout-token") || "";

class Refused extends Error {
	constructor(status, answer) {
		super(answer.reason || answer.error || `status ${status}`);
		this.status = status;
		this.answer = answer;
	}
}
function headers() {
	return token ? { Authorization: `Bearer ${token}` } : {};
}
async function ask(method, path, body, signal) {
	const answer = await fetch(path, { method, body, signal,
		cache: "no-store", headers: headers() });
	if (answer.ok)
		return answer;
	let said = {};
	try {
		said = await answer.json();
	} catch (e) {
		said = { reason: `${path}: status ${answer.status}` };
	}
	if (answer.status === 401)
		live.tell("token", said.reason);
	throw new Refused(answer.status, said);
}
async function askJson(method, path, body) {
	return (await ask(method, path,
		body === undefined ? undefined : JSON.stringify(body),
		AbortSignal.timeout(8000))).json();
}

/* Another scenario has other seconds. */
function takeState(state) {
	const other = !live.state || live.state.version !== state.version;
	if (other) {
		live.bins = new Map();
		live.told = -1;
		live.verdict = null;
		live.zero = performance.now() - 1000 * (state.phase
			? state.phase.into : 0);
	}
	/* Short answers leave the phases out. */
	live.state = other ? state : { ...live.state, ...state };
	live.stateAt = performance.now();
	live.tell("state", live.state);
	if (other)
		askVerdict();
}
function bin(second) {
	live.told = Math.max(live.told, second);
	if (!live.bins.has(second))
		live.bins.set(second, Object.fromEntries(
			[...OUTCOME_NAMES, "first", "retries"].map((n) => [n, 0])));
	return live.bins.get(second);
}
/* Until the verdict tells the second exactly. */
function takeCounters(counters) {
	live.counters = counters;
	const second = Math.floor(live.now() - .6);
	if (live.zero !== null && second >= 0) {
		const to = bin(second);
		let all = 0;
		for (const name of OUTCOME_NAMES) {
			to[name] = counters.outcomes[name];
			all += counters.outcomes[name];
		}
		to.retries = Math.min(all, counters.retries);
		to.first = all - to.retries;
	}
	live.tell("counters", counters);
	if (performance.now() >= rulesDue)
		askRules();
	if (performance.now() >= verdictDue)
		askVerdict();
}

/* What is asked again and again takes at most a twentieth of the time. */
function nextTime(began) {
	return began + Math.min(30000,
		Math.max(900, 20 * (performance.now() - began)));
}
let rulesAsked = false, verdictAsked = false, rulesDue = 0, verdictDue = 0;
async function askRules() {
	if (rulesAsked)
		return;
	const began = performance.now();
	rulesAsked = true;
	try {
		live.rules = (await askJson("GET", "/v1/rules")).rules;
		live.rulesAt = performance.now();
		live.tell("rules", live.rules);
	} catch (e) {
		/* the stream of events will say whether all is lost */
	}
	rulesAsked = false;
	rulesDue = nextTime(began);
}
async function askVerdict() {
	if (verdictAsked)
		return;
	if (!live.state || live.state.state === "none") {
		live.tell("verdict", null);
		return;
	}
	verdictAsked = true;
	const began = performance.now(),
		version = live.state && live.state.version;
	verdictDue = began + 2000;
	try {
		const verdict = await askJson("GET", "/v1/verdict");
		if (live.state && live.state.version === version)
			takeVerdict(verdict, began);
		verdictDue = nextTime(began);
	} catch (e) {
		if (e.status === 404) {
			live.verdict = null;
			live.tell("verdict", null);
		}
	}
	verdictAsked = false;
}
function takeVerdict(verdict, began) {
	const series = verdict.series.seconds;
	const whole = Math.floor(verdict.end / series.width);
	live.zero = (began + performance.now()) / 2 - verdict.end * 1000;
	for (let i = 0; i < whole && i < series.passed.length; i++) {
		const to = bin(i);
		for (const name of OUTCOME_NAMES)
			to[name] = series[name][i];
		to.first = series.first[i] + series.others[i];
		to.retries = series.retries[i];
	}
	live.verdict = verdict;
	live.tell("verdict", verdict);
}

const EVENTS = { state: takeState, counters: takeCounters,
	verdict: () => askVerdict() };

/* One block of a stream of events (WHATWG HTML 9.2.6). */
function takeEvent(block) {
	let name = "message", data = [];
	for (const row of block.split("\n")) {
		const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(row);
		if (field === "event")
			name = value;
		else if (field === "data")
			data.push(value);
	}
	if (data.length && EVENTS[name])
		EVENTS[name](JSON.parse(data.join("\n")));
}
/* Reads to the end; EventSource could not send a token. A server that says
 * nothing for seconds is gone. */
async function listen() {
	const gone = new AbortController();
	let watch = setTimeout(() => gone.abort(), 5000), rest = "";
	try {
		const stream = await ask("GET", "/v1/events", undefined,
			gone.signal);
		const reader = stream.body
			.pipeThrough(new TextDecoderStream()).getReader();
		live.connected = true;
		live.locked = false;
		live.tell("connection", true);
		askRules();
		for (;;) {
			const { value, done } = await reader.read();
			if (done)
				throw new Error("the server closed the stream");
			clearTimeout(watch);
			watch = setTimeout(() => gone.abort(), 5000);
			const blocks = (rest + value).split("\n\n");
			rest = blocks.pop();
			blocks.forEach(takeEvent);
		}
	} finally {
		clearTimeout(watch);
	}
}
async function stayConnected() {
	for (let wait = 500;; wait = Math.min(5000, wait * 1.6)) {
		try {
			await listen();
		} catch (e) {
			if (live.connected)
				wait = 500;
			live.connected = false;
			live.locked = e.status === 401;
			live.why = e.status ? e.message : "";
			live.tell("connection", false);
			if (e.status === 401)
				await new Promise((go) => { live.retry = go; });
		}
		await new Promise((go) => setTimeout(go, wait));
	}
}
function useToken(text) {
	token = text;
	sessionStorage.setItem("brownout-token", text);
	if (live.retry)
		live.retry();
}
