"use strict";
/* The rules: what each was to do and did, and changes for a while. */

const EXPIRIES = [["", "for good"], ["10s", "10 seconds"], ["1m", "a minute"],
	["5m", "5 minutes"], ["30m", "half an hour"]];
const ruleRows = new Map();

/* Whether it would inject into a request that comes now. */
function ruleActs(rule) {
	const state = live.state;
	if (!state || state.off || state.stopped_by_guard || !rule.enabled ||
		rule.configured === 0 ||
		!["running", "paused"].includes(state.state))
		return false;
	return rule.phases.length === 0 ||
		Boolean(state.phase) && rule.phases.includes(state.phase.name);
}
async function changeRule(row, change) {
	const expires = row.expires.value;
	try {
		await askJson("PATCH", `/v1/rules/${encodeURIComponent(row.name)}`,
			expires ? { ...change, expires } : change);
		row.said.textContent = "";
		row.dirty = false;
	} catch (e) {
		row.said.textContent = e.message;
	}
	askRules();
}
function rateBar() {
	const bar = { fill: el("span", { class: "done" }),
		mark: el("span", { class: "mark" }) };
	bar.node = el("div", { class: "rate-bar", "aria-hidden": "true" },
		bar.fill, bar.mark);
	return bar;
}
function ruleRow(name, i) {
	const row = { name, dirty: false };
	row.title = el("h3", { id: `rule-${i}` }, name);
	row.facts = el("p", { class: "facts" });
	row.badge = el("span", { class: "badge" });
	row.bar = rateBar();
	row.numbers = el("p", { class: "rate-words" });
	row.toggle = el("button", { type: "button", role: "switch",
		class: "toggle", "aria-labelledby": `rule-${i} on-${i}` },
	el("span", { class: "knob", "aria-hidden": "true" }));
	row.on = el("span", { id: `on-${i}` }, "enabled");
	row.rate = el("input", { id: `rate-${i}`, inputmode: "decimal", size: 6,
		autocomplete: "off", spellcheck: "false" });
	row.expires = el("select", { id: `expires-${i}` }, EXPIRIES.map(
		([value, word]) => el("option", { value }, word)));
	row.left = el("p", { class: "left" });
	row.said = el("p", { class: "wrong", role: "alert" });
	row.form = el("form", { "aria-labelledby": `rule-${i}` },
		el("span", { class: "field" }, row.toggle, row.on),
		el("span", { class: "field" },
			el("label", { for: `rate-${i}` }, "rate"), row.rate, "%"),
		el("span", { class: "field" },
			el("label", { for: `expires-${i}` }, "holds"),
			row.expires),
		el("button", { type: "submit" }, "Set rate"));
	row.node = el("li", { class: "rule" },
		el("div", { class: "rule-name" }, row.title, row.badge, row.facts),
		el("div", {}, row.bar.node, row.numbers),
		el("div", {}, row.form, row.left, row.said));
	row.rate.addEventListener("input", () => { row.dirty = true; });
	row.toggle.addEventListener("click", () => changeRule(row,
		{ enabled: row.toggle.getAttribute("aria-checked") !== "true" }));
	row.form.addEventListener("submit", (e) => {
		e.preventDefault();
		const text = row.rate.value.trim().replace(/\s*%$/, "");
		changeRule(row, { rate: `${text.replace(",", ".")}%` });
	});
	return row;
}
function ruleLeft(rule) {
	if (!rule.changed)
		return "";
	if (rule.expires === null)
		return "Changed here; the scenario says otherwise.";
	const left = rule.expires - (performance.now() - live.rulesAt) / 1000;
	return `Changed here; goes back in ${seconds(Math.max(0,
		Math.round(left)))}.`;
}
function ruleShow(row, rule) {
	const acts = ruleActs(rule), share = (x) => `${100 * Math.min(1, x)}%`;
	row.node.classList.toggle("acts", acts);
	row.badge.textContent = acts ? "active now"
		: rule.enabled ? "not now" : "switched off";
	row.facts.textContent = rule.faults.join(", ") + " · " +
		(rule.phases.length ? `in ${rule.phases.join(", ")}`
			: "in every phase");
	row.bar.fill.style.width = share(rule.achieved || 0);
	row.bar.mark.style.left = share(rule.configured);
	row.numbers.replaceChildren(el("b", {}, percent(rule.achieved)),
		` achieved of ${percent(rule.configured)} configured`, el("br"),
		`${count(rule.injected)} of ${plural(rule.matched, "request")}` +
		(rule.skipped ? `, ${count(rule.skipped)} skipped` : ""));
	row.toggle.setAttribute("aria-checked", rule.enabled);
	if (!row.dirty && document.activeElement !== row.rate)
		row.rate.value = trim(rule.configured * 100, 7);
	row.left.textContent = ruleLeft(rule);
}
function drawRules() {
	const rules = live.rules, names = rules.map((r) => r.name);
	const to = document.getElementById("rules");
	if (names.join("\n") !== [...ruleRows.keys()].join("\n") ||
		!to.firstChild) {
		ruleRows.clear();
		names.forEach((n, i) => ruleRows.set(n, ruleRow(n, i)));
		to.replaceChildren(rules.length
			? el("ul", { class: "cards" },
				[...ruleRows.values()].map((r) => r.node))
			: el("p", { class: "empty" }, "There are no rules: " +
				"everything passes as it comes."));
	}
	for (const rule of rules)
		ruleShow(ruleRows.get(rule.name), rule);
}
