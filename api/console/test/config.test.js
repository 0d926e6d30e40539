import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { build, flatten, textAt } = await load("lib/config.ts");
const all = () => true;

const FIELDS = [
  { path: "/lower", type: "money" },
  { path: "/grid_count", type: "count" },
  { path: "/quantity/mode", type: "select" },
  { path: "/quantity/quote", type: "money" },
  { path: "/post_only", type: "check" },
  { path: "/stop_loss_price", type: "money" },
];

test("what is typed goes out digit for digit", () => {
  const texts = {
    "/lower": "0.100000000000000001",
    "/grid_count": "10",
    "/quantity/mode": "investment",
    "/quantity/quote": " 1 000 ",
  };
  assert.deepEqual(build({ type: "grid" }, FIELDS, texts, all), {
    type: "grid",
    lower: "0.100000000000000001",
    grid_count: 10,
    quantity: { mode: "investment", quote: "1000" },
  });
});

test("nothing is filled in", () => {
  assert.deepEqual(build({ type: "grid" }, FIELDS, { "/post_only": "false" }, all), { type: "grid" });
});

test("a count that is none goes out as it is, for the server to refuse", () => {
  for (const text of ["ten", "1.5", "-1", "1e3"]) {
    assert.equal(build({}, FIELDS, { "/grid_count": text }, all).grid_count, text);
  }
});

test("a stored configuration comes back as it was", () => {
  const stored = {
    type: "dca",
    base_order: { unit: "quote", amount: "200.000000000000000001" },
    take_profit: { steps: [{ percentage: "1", share: "50" }] },
    post_only: false,
    unknown_to_this_page: { kept: ["as", "it", "is"] },
  };
  const fields = [
    { path: "/base_order/unit", type: "select" },
    { path: "/base_order/amount", type: "money" },
    { path: "/take_profit/percentage", type: "money" },
    { path: "/post_only", type: "check" },
  ];
  assert.deepEqual(build(stored, fields, flatten(stored), all), stored);
});

test("what is emptied is taken out, with objects of which nothing is left", () => {
  const stored = { lower: "90", quantity: { mode: "investment", quote: "100" }, stop_loss_price: "80" };
  const texts = { ...flatten(stored), "/stop_loss_price": "", "/quantity/mode": "", "/quantity/quote": "" };
  assert.deepEqual(build(stored, FIELDS, texts, all), { lower: "90" });
});

test("what is not asked for does not go out", () => {
  const texts = { "/lower": "90", "/quantity/quote": "100" };
  assert.deepEqual(
    build({}, FIELDS, texts, (path) => path !== "/quantity/quote"),
    { lower: "90" },
  );
});

test("the stored configuration is not touched", () => {
  const stored = { lower: "90" };
  build(stored, FIELDS, { "/lower": "91" }, all);
  assert.deepEqual(stored, { lower: "90" });
});

test("an object goes with the field that heads it, and stays while anything else of it is typed", () => {
  const fields = [
    { path: "/stop_loss/percentage", type: "money", heads: "/stop_loss" },
    { path: "/stop_loss/action", type: "select" },
    { path: "/stop_loss/timeout_s", type: "count" },
  ];
  const stored = { type: "dca", stop_loss: { percentage: "2", action: "stop_loss", reference: "average" } };
  const emptied = { "/stop_loss/percentage": "", "/stop_loss/action": "stop_loss" };
  assert.deepEqual(build(stored, fields, emptied, all), { type: "dca" });
  const half = { ...emptied, "/stop_loss/timeout_s": "5" };
  assert.deepEqual(build(stored, fields, half, all).stop_loss, {
    action: "stop_loss",
    reference: "average",
    timeout_s: 5,
  });
});

test("numbers within lists are read and written at their place", () => {
  const stored = { entry: { conditions: [{ left: { indicator: "ema", period: 12 }, right: { value: "30" } }] } };
  assert.equal(textAt(stored, "/entry/conditions/0/left/period"), "12");
  assert.equal(textAt(stored, "/entry/conditions/1/left/period"), "");
  assert.equal(textAt(stored, "/exit/conditions/0"), "");
  const fields = [{ path: "/entry/conditions/0/left/period", type: "count" }];
  const built = build(stored, fields, { "/entry/conditions/0/left/period": "50" }, all);
  assert.deepEqual(built.entry.conditions, [{ left: { indicator: "ema", period: 50 }, right: { value: "30" } }]);
  assert.equal(stored.entry.conditions[0].left.period, 12);
});
