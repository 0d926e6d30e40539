import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { isOld } = await load("lib/age.ts");
const read = (more) => ({ error: null, isPending: false, dataUpdatedAt: 100_000, ...more });

test("an answer is good until three more are missing", () => {
  assert.equal(isOld(read(), 3_000, 109_000), false);
  assert.equal(isOld(read(), 3_000, 109_001), true);
});

test("a failed attempt makes old, however new the answer before it is", () => {
  assert.equal(isOld(read({ error: new Error("503") }), 3_000, 100_001), true);
  assert.equal(isOld(read({ error: new Error("503") }), false, 100_001), true);
});

test("what is asked for once, or for the first time, is not old", () => {
  assert.equal(isOld(read(), false, 9_000_000), false);
  assert.equal(isOld(read({ isPending: true, dataUpdatedAt: 0 }), 3_000, 100_000), false);
});
