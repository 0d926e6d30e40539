import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { assets, atTick, decimals, exact, isZero, short, signOf } = await load("lib/money.ts");

test("the browser's language changes no digit: what is shown can be typed", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { language: "de-DE" }, configurable: true });
  try {
    const german = await load("lib/money.ts");
    assert.equal(german.exact("64123.5"), "64,123.5");
    assert.equal(german.exact("1.000"), "1");
    assert.equal(german.short("10000"), "10,000.00");
  } finally {
    if (own) Object.defineProperty(globalThis, "navigator", own);
    else delete globalThis.navigator;
  }
});

test("every digit is shown, however many there are", () => {
  for (const [amount, shown] of [
    ["64123.400000000000000001", "64,123.400000000000000001"],
    ["9007199254740993", "9,007,199,254,740,993"],
    ["-0.000000000000000001", "-0.000000000000000001"],
    ["0.1", "0.1"],
    ["1234567890123456789012345678", "1,234,567,890,123,456,789,012,345,678"],
  ]) {
    assert.equal(exact(amount), shown);
  }
});

test("small prices are never written with an exponent", () => {
  assert.equal(exact("0.0000001"), "0.0000001");
  assert.equal(short("0.0000001"), "0.0000001");
});

test("prices stand at the tick", () => {
  assert.equal(exact("98", decimals("0.01")), "98.00");
  assert.equal(exact("98.125", decimals("0.01")), "98.125");
  assert.equal(atTick("100.200300400500600701", decimals("0.01")), "100.20");
  for (const [step, count] of [
    ["0.01", 2],
    ["0.010", 2],
    ["1", 0],
    ["10", 0],
    ["0.00000001", 8],
  ]) {
    assert.equal(decimals(step), count, step);
  }
});

test("sums are cut for the eye and keep their sign", () => {
  for (const [amount, shown] of [
    ["0.902", "0.902"],
    ["1.005", "1.01"],
    ["-12.3456", "-12.35"],
    ["10000", "10,000.00"],
    ["0", "0.00"],
    ["0.00012345", "0.000123"],
    ["0.2", "0.20"],
    ["-0.05", "-0.05"],
    [".5", "0.50"],
  ]) {
    assert.equal(short(amount), shown, amount);
  }
});

test("gains, losses and nothing are told apart", () => {
  for (const [amount, sign] of [
    ["0", "even"],
    ["0.00", "even"],
    ["-0.000", "even"],
    ["0.000000000000000001", "gain"],
    ["-0.000000000000000001", "loss"],
    ["12", "gain"],
  ]) {
    assert.equal(signOf(amount), sign, amount);
    assert.equal(isZero(amount), sign === "even");
  }
});

test("a symbol is base and quote", () => {
  assert.deepEqual(assets("SOL-USDT"), { base: "SOL", quote: "USDT" });
});
