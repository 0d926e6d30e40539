import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { message } = await load("lib/signals.ts");

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
