import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { message, readSignals, takesSignals } = await load("lib/signals.ts");

test("the message of an alert is JSON with the secret in it, and dots where none is known", () => {
  assert.deepEqual(JSON.parse(message("enter", "bbs_4711")), {
    secret: "bbs_4711",
    action: "enter_long",
    ticker: "{{ticker}}",
    price: "{{close}}",
    time: "{{timenow}}",
  });
  assert.equal(JSON.parse(message("exit", "bbs_4711")).action, "exit_long");
  assert.equal(JSON.parse(message("exit", null)).secret, "bbs_…");
});

test("two orders of a strategy at one bar's close are two signals", () => {
  const filled = (action) =>
    message("strategy", null)
      .replaceAll("{{strategy.order.action}}", action)
      .replaceAll("{{strategy.order.id}}", "Long")
      .replaceAll("{{timenow}}", "2026-01-05T10:00:00Z");
  assert.notEqual(JSON.parse(filled("buy")).signal_id, JSON.parse(filled("sell")).signal_id);
});

test("signals are read a line each, digit for digit, and a line of which something is missing is left to the server", () => {
  const text =
    "2024-01-05T10:00:00Z enter_long 50.000000000000000001\n\n 2024-01-06T10:00:00Z,exit_long;25,position_percent\r\nnonsense";
  assert.deepEqual(readSignals(text), [
    { at: "2024-01-05T10:00:00Z", action: "enter_long", amount: { unit: "quote", value: "50.000000000000000001" } },
    { at: "2024-01-06T10:00:00Z", action: "exit_long", amount: { unit: "position_percent", value: "25" } },
    { at: "nonsense", action: "" },
  ]);
  assert.deepEqual(readSignals(" \n"), []);
});

test("signal bots take signals, and so does a DCA whose deals begin with one", () => {
  assert.ok(takesSignals({ type: "signal" }));
  assert.ok(takesSignals({ type: "dca", start_condition: "signal" }));
  assert.ok(!takesSignals({ type: "dca", start_condition: "immediate" }));
  assert.ok(!takesSignals({ type: "grid" }));
});
