// Real servers that go and come back: what is shown is said to be old while it is, and afterwards it is what the API tells.
import { expect, test } from "@playwright/test";
import { call, isLive, signUpInPage, STILL } from "./console.js";
import { bringBack, take } from "./stack.js";

test.beforeEach(() => test.skip(!process.env.STACK, "no stack of ops/dev is named"));
// Also after a failure: the next journey needs them all.
test.afterEach(async () => {
  if (process.env.STACK) await bringBack();
});

// A grid on paper that trades.
async function trading(page) {
  await signUpInPage(page);
  await page.getByRole("button", { name: /^Grid/ }).click();
  await page.getByRole("button", { name: "Start on paper" }).click();
  await expect(page.locator(".why-row")).not.toHaveCount(0, { timeout: 15_000 });
  await isLive(page);
  return page.url().match(/bots\/([0-9a-f-]{36})/)[1];
}

// Lets the market stand still, and compares what is shown with what the API tells.
async function agrees(page, id) {
  await page.getByRole("button", { name: "Pause feed" }).click();
  await expect(page.getByRole("button", { name: "Start feed" })).toBeVisible();
  const figure = (label) => page.locator(".figure", { hasText: label }).locator("[title]").first();
  await expect(async () => {
    const told = await call(page, "GET", `/api/v1/bots/${id}/performance`);
    for (const [label, amount] of [
      ["Realised", told.realised],
      ["Unrealised", told.unrealised],
      ["Fees", told.fees],
    ]) {
      const shown = (await figure(label).getAttribute("title")).replaceAll(",", "").replace(" USDT", "");
      expect(shown, label).toBe(amount);
    }
  }).toPass({ timeout: 15_000 });
}

test("a gateway that is killed is said within two seconds; once it is back every event comes, each once", async ({ page }) => {
  await page.addInitScript(() => {
    globalThis.seqs = [];
    // What the tab with the socket tells the others.
    new BroadcastChannel("blockbotx.live").onmessage = ({ data }) => data.kind === "event" && globalThis.seqs.push(data.event.seq);
  });
  const id = await trading(page);
  await expect.poll(() => page.evaluate(() => globalThis.seqs.length)).toBeGreaterThan(0);
  await take("gateway", "SIGKILL");
  await expect(page.locator(".pill")).toHaveText(/^Stale since/, { timeout: 2_000 });
  await expect(page.locator(".figures.stale")).toBeVisible();
  const before = await page.evaluate(() => globalThis.seqs.length);
  const { version, name } = await call(page, "GET", `/api/v1/bots/${id}`);
  await call(page, "PATCH", `/api/v1/bots/${id}`, { name: `${name} by night`, version });
  await bringBack();
  await isLive(page, 5_000);
  await expect(page.locator(".figures.stale")).toHaveCount(0);
  await expect(page.getByRole("heading", { name: `${name} by night` })).toBeVisible();
  await expect.poll(() => page.evaluate(() => globalThis.seqs.length)).toBeGreaterThan(before);
  const seqs = await page.evaluate(() => globalThis.seqs);
  expect(seqs).toEqual(seqs.map((_, index) => seqs[0] + index));
  await agrees(page, id);
});

for (const signal of ["SIGTERM", "SIGKILL"]) {
  test(`an api that goes with ${signal} blanks no page, loses nothing typed, and what was pressed is done once`, async ({ page }) => {
    await signUpInPage(page);
    const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
    await page.goto(`/bots/new?kind=dca&connection=${account.id}`);
    await page.getByLabel("Name").fill("While it rolls");
    await page.getByLabel("First order", { exact: true }).fill("200");
    await page.getByLabel("Take profit").fill("1");
    await expect(page.locator(".preview tbody tr")).not.toHaveCount(0);
    await isLive(page);
    await take("api", signal);
    await page.getByRole("button", { name: "Create bot" }).click();
    await expect(page.getByRole("alert").first()).toContainText("The server cannot be reached");
    await page.getByLabel("Take profit").fill("1.5");
    await expect(page.getByLabel("Name")).toHaveValue("While it rolls");
    await bringBack();
    await expect(page.locator(".preview[aria-busy=false] tbody tr")).not.toHaveCount(0);
    await page.getByRole("button", { name: "Create bot" }).click();
    await expect(page.getByRole("heading", { name: "While it rolls" })).toBeVisible();
    const { data } = await call(page, "GET", "/api/v1/bots?limit=100");
    expect(data.map(({ name, config }) => [name, config.take_profit.percentage])).toEqual([["While it rolls", "1.5"]]);
  });
}

test("without Redis what is shown is said to be old, a bot can be paused, and all is live again once it is back", async ({ page }) => {
  const id = await trading(page);
  await take("redis", "SIGKILL");
  await expect(page.locator(".pill")).toHaveText(/^Stale since/, { timeout: 10_000 });
  await expect(page.locator(".figures.stale")).toBeVisible();
  await page.locator(".actions").getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.locator(".bot-title .status")).toHaveText("Paused");
  await expect(page.locator(".actions").getByRole("button", { name: "Resume" })).toBeDisabled();
  await bringBack();
  await isLive(page, 10_000);
  await expect(page.locator(".figures.stale")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Resume" })).toBeEnabled();
  await agrees(page, id);
});
