// What the journeys through the console share: people, pages, and what may never be on any of them.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { newEmail, PASSWORD } from "./platform.js";

// Signs up on the page, which goes on to the first bot.
export async function signUpInPage(page, email = newEmail()) {
  await page.goto("/register");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create an account" }).click();
  await expect(page.getByRole("heading", { name: "Your first bot, on paper" })).toBeVisible();
  return email;
}

export async function isLive(page, timeout = 10_000) {
  await expect(page.locator(".pill")).toHaveText("Live", { timeout });
}

// Calls the API as the page's person does, with its cookies.
export async function call(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = body ? { "content-type": "application/json" } : {};
      const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : null;
    },
    [method, path, body],
  );
}

// Takes the connections of a page's person away: an account of an exchange can be connected once, by whomever.
export async function disconnect(page) {
  const { data } = await call(page, "GET", "/api/v1/exchange-connections?limit=100");
  for (const { id } of data) await call(page, "DELETE", `/api/v1/exchange-connections/${id}`);
}

// A paper account whose market stands still for 15 seconds at each price.
export const STILL = {
  venue: "paper",
  label: "Still",
  paper: {
    symbol: "SOL-USDT",
    balances: { USDT: "10000" },
    speed: 1,
    feed: { kind: "synthetic", seed: 3, candles: 5000 },
  },
};

// Complaints of the page: errors, and what its policy has refused.
export function watch(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const isRefusal = /Content Security Policy|Refused to/i.test(message.text());
    // A request that is answered 401 or 422 is a line of the browser's own.
    if (isRefusal || (message.type() === "error" && !/status of 4\d\d/.test(message.text()))) complaints.push(message.text());
  });
  return complaints;
}

export async function isAccessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const said = grave.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`);
  expect(said, said.join("\n")).toEqual([]);
}

// The link of the newest mail to somebody, with a page in its address. MAIL_DIR: where an api without a mail server puts them.
export async function linkTo(email, page) {
  let found;
  await expect
    .poll(() => {
      const mails = readdirSync(process.env.MAIL_DIR)
        .filter((name) => name.endsWith(".eml"))
        .map((name) => readFileSync(`${process.env.MAIL_DIR}/${name}`, "utf8").replaceAll("=\r\n", "").replaceAll("=\n", ""))
        .filter((text) => text.includes(email));
      found = mails
        .map((text) => new RegExp(`/${page}#token=(?:3D)?([A-Za-z0-9_-]+)`).exec(text.replaceAll("=3D", "=")))
        .filter(Boolean)
        .at(-1);
      return Boolean(found);
    })
    .toBe(true);
  return `/${page}#token=${found[1]}`;
}

// The code that an authenticator shows (RFC 6238).
export function codeOf(secret, at = Date.now()) {
  const bits = [...secret.replaceAll(/[\s=]/g, "").toUpperCase()]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = digest[19] & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
