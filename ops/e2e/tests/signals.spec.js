// Bots that trade by signals: what their pages give to whoever sends them, and what they say of what came.
import { expect, test } from "@playwright/test";
import { call, isAccessible, isLive, signUpInPage, STILL, watch } from "./console.js";
import { PASSWORD } from "./platform.js";

const QUICK = { ...STILL, paper: { ...STILL.paper, speed: 120 } };

// A message as TradingView sends it, with its places filled in.
const sent = (message, at = new Date()) =>
  message.replaceAll("{{ticker}}", "SOLUSDT").replaceAll("{{close}}", "100").replaceAll("{{timenow}}", at.toISOString());

async function makeSecret(page, isAsked) {
  await page.getByRole("button", { name: "Make a secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  if (isAsked) {
    const dialog = page.getByRole("dialog", { name: "Is it you?" });
    await dialog.getByLabel("Password").fill(PASSWORD);
    await dialog.getByRole("button", { name: "Confirm" }).click();
  }
  await expect(page.getByRole("dialog", { name: "Secret for signals" }).locator(".signal-secret code")).toHaveText(/^bbs_/);
  return page.locator(".signal-secret code").innerText();
}

test("a signal bot is made, given a secret, told to buy and to sell, and says what became of each signal", async ({ page, request, baseURL }) => {
  const complaints = watch(page);
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", QUICK);
  await page.goto(`/bots/new?kind=signal&connection=${account.id}`);
  await isLive(page);
  await page.getByLabel("Name").fill("By alerts");
  await page.getByLabel("Size of a deal").fill("100");
  await page.getByLabel("Stop loss", { exact: true }).fill("20");
  await expect(page.locator(".preview tbody tr")).not.toHaveCount(0);
  await isAccessible(page, "a new signal bot");
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page).toHaveURL(/\/bots\/[0-9a-f]{8}-/);
  const id = page.url().match(/bots\/([0-9a-f-]{36})/)[1];
  const { config } = await call(page, "GET", `/api/v1/bots/${id}`);
  expect(config).toMatchObject({ type: "signal", size: { unit: "quote", amount: "100" }, take_profit: null, stop_loss: { percentage: "20" } });

  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await page.getByRole("button", { name: "Start feed" }).click();
  await page.getByRole("tab", { name: "Signals" }).click();
  await expect(page.getByText("No signal yet.")).toBeVisible();
  const address = await page.locator(".signal-address code").innerText();
  expect(address).toBe(`${new URL(baseURL).origin}/api/v1/hooks/${id}`);
  await expect(page.locator(".signal-message pre")).toContainText("bbs_…");

  const secret = await makeSecret(page, true);
  const dialog = page.getByRole("dialog");
  await isAccessible(page, "a secret for signals");
  const buy = await dialog.locator("pre").innerText();
  await dialog.getByLabel("Alert").selectOption("exit");
  const sell = await dialog.locator("pre").innerText();
  expect(JSON.parse(buy)).toMatchObject({ secret, action: "enter_long" });
  expect(JSON.parse(sell)).toMatchObject({ secret, action: "exit_long" });
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("body")).not.toContainText(secret);

  const send = (data) => request.post(address, { data, headers: { "content-type": "text/plain; charset=utf-8" } });
  const row = (index) => page.locator(".signals .table tbody tr").nth(index);
  const entry = sent(buy);
  expect((await send(entry)).status()).toBe(202);
  expect((await send(entry)).status()).toBe(200);
  await expect(row(0)).toContainText("Buy");
  await expect(row(0)).toContainText("Applied");
  expect((await send(sent(sell))).status()).toBe(202);
  await expect(row(0)).toContainText("Sell");
  await expect(row(0)).toContainText("Applied");
  // Nothing is left to sell.
  await expect.poll(async () => (await call(page, "GET", `/api/v1/bots/${id}/deals`)).data[0].closed_at).not.toBeNull();
  expect((await send(sent(sell, new Date(Date.now() + 1_000)))).status()).toBe(202);
  await expect(row(0)).toContainText("Refused No deal was open.");
  expect((await send(sent(buy, new Date(Date.now() - 3_600_000)))).status()).toBe(422);
  await expect(row(0)).toContainText("Refused It came later after it was sent than it counts for.");
  await expect(page.locator(".signals .table tbody tr")).toHaveCount(4);
  await isAccessible(page, "signals");

  await makeSecret(page, false);
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  expect((await send(sent(buy))).status()).toBe(401);
  expect(complaints).toEqual([]);
});

test("a DCA bot whose deals begin with a signal has a place for signals, and one that begins at once has none", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const config = { type: "dca", base_order: { unit: "quote", amount: "200" }, take_profit: { percentage: "1" } };
  const make = (name, more) => call(page, "POST", "/api/v1/bots", { connection_id: account.id, name, config: { ...config, ...more } });
  const told = await make("Told", { start_condition: "signal" });
  const own = await make("Own", {});
  await page.goto(`/bots/${told.id}?tab=signals`);
  await expect(page.locator(".signal-address code")).toContainText(told.id);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of [`/bots/${told.id}?tab=signals`, `/bots/new?kind=signal&connection=${account.id}`]) {
      await page.goto(path);
      await isLive(page);
      await expect(page.locator(".loading")).toHaveCount(0);
      await isAccessible(page, `${path} ${width}`);
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(isWide, `${path} is wider than ${width}`).toBe(false);
    }
  }
  await page.goto(`/bots/${own.id}?tab=signals`);
  await expect(page.getByRole("tab", { name: "Why" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("tab", { name: "Signals" })).toHaveCount(0);
});

test("a signal bot is played over the past with signals that are typed, and what is wrong with them is said by its line", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const config = { type: "signal", size: { unit: "quote", amount: "100" } };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Played", config });
  await page.goto(`/backtests/new?bot=${bot.id}`);
  await page.getByLabel("Candles").fill("5000");
  await page.getByLabel("Signals").fill("2024-01-01T10:00:00Z enter_long 50 quote\n\n2024-01-02T10:00:00Z exit_longer");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.locator(".field.wrong", { hasText: "Signals" })).toContainText("Signal 2:");
  await isAccessible(page, "a backtest with signals");
  await page.getByLabel("Signals").fill("2024-01-01T10:00:00Z enter_long 50 quote\n\n2024-01-02T10:00:00Z exit_long");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page).toHaveURL(/\/backtests\/[0-9a-f]{8}-/);
  await expect(page.locator(".curve path.curve-line")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator(".table tbody tr")).toHaveCount(2);
  await expect(page.locator(".table tbody tr", { hasText: "Buy" })).toContainText("50");
  await expect(page.locator(".table tbody tr", { hasText: "Sell" })).toHaveCount(1);
});
