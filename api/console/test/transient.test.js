import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { isTransient } = await load("lib/transient.ts");
const { Unreachable } = await load("../../../ops/client/src/problem.ts");

const problem = (status) => Object.assign(new Error("refused"), { name: "Problem", status });

test("what may be otherwise next time", () => {
  for (const error of [new Unreachable("no answer"), problem(429), problem(500), problem(503)]) {
    assert.equal(isTransient(error), true, `${error.name} ${error.status ?? ""}`);
  }
});

test("what stays as it is", () => {
  for (const error of [null, undefined, "503", { status: 503 }, new TypeError("bug"), problem(404), problem(403)]) {
    assert.equal(isTransient(error), false, `${error?.name} ${error?.status ?? ""}`);
  }
});
