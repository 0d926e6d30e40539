import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { Carrier } = await load("lib/carrier.ts");

function bench(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = { asked: 0, told: [] };
  let answer = true;
  const carrier = new Carrier(
    async () => {
      seen.asked++;
      if (answer === "lost") throw new Error("lost");
      return answer;
    },
    (isCarried) => seen.told.push(isCarried),
  );
  carrier.start();
  return {
    carrier,
    seen,
    // Long enough for one question and its answer.
    pass: async (ms, next) => {
      answer = next;
      t.mock.timers.tick(ms);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
  };
}

test("two answers in a row that say no are believed, and one that says yes is at once", async (t) => {
  const { carrier, seen, pass } = bench(t);
  await pass(5_000, true);
  await pass(5_000, false);
  assert.deepEqual(seen.told, []);
  await pass(1_000, false);
  assert.deepEqual(seen.told, [false]);
  assert.equal(carrier.isCarried, false);
  await pass(1_000, false);
  assert.deepEqual(seen.told, [false], "it is told once");
  await pass(1_000, true);
  assert.deepEqual(seen.told, [false, true]);
});

test("a slow moment, and a question without an answer, change nothing", async (t) => {
  const { seen, pass } = bench(t);
  await pass(5_000, false);
  await pass(1_000, true);
  await pass(5_000, false);
  await pass(1_000, "lost");
  await pass(1_000, null);
  assert.deepEqual(seen.told, []);
  assert.equal(seen.asked, 5);
});

test("nobody is asked after the end, and an answer that comes then is void", async (t) => {
  const { carrier, seen, pass } = bench(t);
  await pass(5_000, false);
  const late = pass(1_000, false);
  carrier.stop();
  await late;
  await pass(60_000, false);
  assert.equal(seen.asked, 2);
  assert.deepEqual(seen.told, []);
});
