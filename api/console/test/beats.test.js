import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { Beats } = await load("lib/beats.ts");

function bench(t) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const seen = { asked: 0, lost: 0 };
  const beats = new Beats(
    () => seen.asked++,
    () => seen.lost++,
    1_000,
  );
  beats.start();
  return { beats, seen, pass: (ms) => t.mock.timers.tick(ms) };
}

test("who answers is not lost, however long", (t) => {
  const { beats, seen, pass } = bench(t);
  for (let turn = 0; turn < 50; turn++) {
    pass(1_000);
    beats.heard();
  }
  assert.deepEqual(seen, { asked: 50, lost: 0 });
});

test("who leaves two questions unanswered is lost", (t) => {
  const { beats, seen, pass } = bench(t);
  pass(2_000);
  assert.equal(seen.lost, 0);
  pass(1_000);
  assert.equal(seen.lost, 1);
  beats.heard();
  pass(2_000);
  assert.equal(seen.lost, 1, "an answer makes up for it");
});

test("nobody is asked, and nobody lost, after the end", (t) => {
  const { beats, seen, pass } = bench(t);
  pass(1_000);
  beats.stop();
  pass(60_000);
  assert.deepEqual(seen, { asked: 1, lost: 0 });
});
