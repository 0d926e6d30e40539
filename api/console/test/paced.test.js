import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.js";

const { pace } = await load("lib/paced.ts");
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms) {
  mock.timers.tick(ms);
  await turn();
}

test("tasks begin one after the other, and what was given up takes no turn", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const begun = [];
    const paced = pace(100);
    const stop = new AbortController();
    const add = (name, signal) =>
      paced(async () => {
        begun.push(name);
        return name;
      }, signal);
    const first = add("a");
    const given = add("b", stop.signal);
    const third = add("c");
    const failed = paced(async () => {
      throw new Error("refused");
    });
    given.catch(() => {});
    failed.catch(() => {});
    await turn();
    assert.deepEqual(begun, ["a"]);
    assert.equal(await first, "a");
    stop.abort();
    await assert.rejects(given);
    await pass(99);
    assert.deepEqual(begun, ["a"]);
    await pass(1);
    assert.deepEqual(begun, ["a", "c"]);
    assert.equal(await third, "c");
    await pass(100);
    await assert.rejects(failed, /refused/);
    await pass(100);
    const last = add("d");
    assert.equal(await last, "d");
  } finally {
    mock.timers.reset();
  }
});
