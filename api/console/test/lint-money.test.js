import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "../scripts/lint-money.js";

test("what turns text into numbers is found", () => {
  for (const bad of [
    "const x = Number(price);",
    "const x = parseFloat(price);",
    "const x = Number.parseFloat(price);",
    "const x = +price;",
    "const x = a - +b;",
    "const x = prices.map(Number);",
    "const x = <p>{+price}</p>;",
    "const x = new Number(price);",
  ]) {
    assert.equal(findings(bad).length, 1, bad);
  }
});

test("counts, text and sums of counts are not", () => {
  for (const good of [
    "const x = Number.parseInt(count, 10);",
    "const x = a + b;",
    "const x = -1;",
    "type X = Number;",
    "const x = 'Number(price)';",
    "// Number(price)",
    "x += 1; x++;",
  ]) {
    assert.deepEqual(findings(good), [], good);
  }
});
