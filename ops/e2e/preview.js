// How long previews take: POST /api/v1/bots/preview one after the other, beside GET /api/v1/me. PLAYWRIGHT_BASE_URL as for the
// journeys.
//   node preview.js [COUNT]
import { randomUUID } from "node:crypto";

const base = process.env.PLAYWRIGHT_BASE_URL ?? "http://localhost:3000";
const count = Number(process.argv[2] ?? 300);
let authorization;

async function call(method, path, body) {
  const headers = { ...(authorization && { authorization }), ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (answer.status === 429) {
    await new Promise((done) => setTimeout(done, 1_000 * Number(answer.headers.get("retry-after") ?? 1)));
    return null;
  }
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const person = { email: `${randomUUID()}@example.com`, password: "a long enough passphrase 4711", tokens: "body" };
const { session } = await call("POST", "/api/v1/auth/register", person);
authorization = `Bearer ${session.tokens.access_token}`;
const feed = { kind: "synthetic", seed: 3, candles: 5_000 };
const account = await call("POST", "/api/v1/exchange-connections", {
  venue: "paper",
  label: "Still",
  paper: { symbol: "SOL-USDT", balances: { USDT: "100000" }, speed: 1, feed },
});

const grid = (lines) => ({
  type: "grid",
  lower: "50",
  upper: "150",
  grid_count: lines,
  spacing: "arithmetic",
  quantity: { mode: "fixed_quote", amount: "100" },
});
const dca = {
  type: "dca",
  base_order: { unit: "quote", amount: "200" },
  take_profit: { percentage: "1" },
  safety_orders: { max_count: 20, volume: "200", step_percentage: "1" },
};
const preview = (config) => () => call("POST", "/api/v1/bots/preview", { connection_id: account.id, config });
const kinds = {
  "a grid of 10 lines": preview(grid(10)),
  "a grid of 200 lines": preview(grid(200)),
  "a DCA with 20 safety orders": preview(dca),
  "GET /api/v1/me": () => call("GET", "/api/v1/me"),
};

// In turns, so that whatever else the machine does falls on all of them.
const took = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
for (let turn = 0; turn < count; turn++) {
  for (const [name, ask] of Object.entries(kinds)) {
    const began = performance.now();
    if ((await ask()) !== null) took[name].push(performance.now() - began);
  }
}
for (const [name, times] of Object.entries(took)) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(`${name}: ${times.length} answers, median ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}
