/* Clients of npm as golden clients: `node-client.mjs NAME` reads lines CASE
 * METHOD URL and asks for all of them at once. Defaults, but for a timeout of
 * 1 s in the stall and a cap below Retry-After where there is one to set. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const body = (method) => (method === "POST" ? "n=1" : undefined);

const clients = {
	async undici() {
		const { Agent, RetryAgent } = await import("undici");
		return async (kase, method, url) => {
			const timeout = kase === "stall" ? 1000 : 60000;
			const agent = new RetryAgent(new Agent({ headersTimeout: timeout }),
				kase === "patient" ? { maxTimeout: 2000 } : {});
			const u = new URL(url);
			const reply = await agent.request({ origin: u.origin,
				path: u.pathname + u.search, method, body: body(method),
				headersTimeout: timeout });
			await reply.body.text();
		};
	},
	async got() {
		const { default: got } = await import("got");
		return (kase, method, url) => got(url, { method, body: body(method),
			timeout: kase === "stall" ? { response: 1000 } : {},
			retry: kase === "patient" ? { maxRetryAfter: 2000 } : {} });
	},
	async ky() {
		const { default: ky } = await import("ky");
		return (kase, method, url) => ky(url, { method, body: body(method),
			timeout: kase === "stall" ? 1000 : 60000,
			retry: kase === "patient" ? { maxRetryAfter: 2000 } : {} });
	},
	async "axios-retry"() {
		const { default: axios } = await import("axios");
		const { default: axiosRetry } = await import("axios-retry");
		return (kase, method, url) => {
			const one = axios.create({ timeout: kase === "stall" ? 1000 : 0 });
			axiosRetry(one, { retryDelay: axiosRetry.exponentialDelay });
			return one.request({ method, url, data: body(method) });
		};
	},
};

const [name, verb] = process.argv.slice(2);
if (verb === "version") {
	const require = createRequire(import.meta.url);
	const path = require.resolve("./package-lock.json");
	const lock = JSON.parse(readFileSync(path, "utf8")).packages;
	console.log(`${name} ${lock[`node_modules/${name}`].version}` +
		` (node ${process.versions.node})`);
	process.exit(0);
}
const ask = await clients[name]();
const jobs = readFileSync(0, "utf8").trim().split("\n");
/* What they give up with is their affair: the proxy saw what they did. */
await Promise.allSettled(jobs.map((job) => ask(...job.split(" "))));
process.exit(0);
