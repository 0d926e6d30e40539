// Bots by rules, and what a bot shows when something is out of the ordinary.
import { expect, test } from "@playwright/test";
import { call, isAccessible, isLive, signUpInPage, STILL } from "./console.js";

test("a strategy is made of a preset, with other numbers, and tells why it waits", async ({ page }) => {
  await signUpInPage(page);
  // A candle a second: it waits for some seventy of them.
  const account = await call(page, "POST", "/api/v1/exchange-connections", { ...STILL, paper: { ...STILL.paper, speed: 60 } });
  await page.goto(`/bots/new?kind=strategy&connection=${account.id}`);
  await isLive(page);
  await page.getByLabel("Name").fill("By RSI");
  await expect(page.getByRole("button", { name: "Create bot" })).toBeDisabled();
  await page.getByRole("radio", { name: /^RSI reversal/ }).check();
  await expect(page.locator(".rules li")).toHaveText(["rsi(14) crosses above 30", "rsi(14) crosses below 70"]);
  await page.getByLabel("Entry 1: period of rsi").fill("1");
  await expect(page.locator(".field.wrong", { hasText: "Entry 1: period of rsi" })).toBeVisible();
  await page.getByLabel("Entry 1: period of rsi").fill("7");
  await page.getByLabel("Entry 1: number").fill("35.5");
  await page.getByLabel("Candles", { exact: true }).selectOption("1m");
  await page.getByLabel("Take profit").fill("");
  await expect(page.locator(".rules li").first()).toHaveText("rsi(7) crosses above 35.5");
  await expect(page.locator(".preview tbody tr")).not.toHaveCount(0);
  await isAccessible(page, "a new strategy");
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page).toHaveURL(/\/bots\/[0-9a-f]{8}-/);
  const id = page.url().match(/bots\/([0-9a-f-]{36})/)[1];
  const { config } = await call(page, "GET", `/api/v1/bots/${id}`);
  expect(config.entry.conditions[0].left).toMatchObject({ indicator: "rsi", period: 7 });
  expect(config.entry.conditions[0].right.value).toBe("35.5");
  expect(config.exit.conditions[0].left.period).toBe(14);
  expect(config.take_profit).toBe(null);
  expect(config.stop_loss.percentage).toBe("2");

  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await page.getByRole("button", { name: "Start feed" }).click();
  await expect(page.locator(".why-row").first()).toContainText("candles that its indicators need", { timeout: 30_000 });

  await page.getByRole("tab", { name: "Configuration" }).click();
  await expect(page.locator(".rules li").first()).toHaveText("rsi(7) crosses above 35.5");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByLabel("Entry 1: number").fill("33");
  await expect(page.locator(".changes tr")).toHaveText(["Entry 1: number35.5→33"]);
  await isLive(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".rules li").first()).toHaveText("rsi(7) crosses above 33");
});

test("a market that stands still says so, until its first candle comes", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", { ...STILL, paper: { ...STILL.paper, speed: 300 } });
  const config = { type: "dca_interval", amount: "10", frequency: { every: "hourly" } };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "First", config });
  await page.goto(`/bots/${bot.id}`);
  await isLive(page);
  await expect(page.getByText("No candle yet")).toBeVisible();
  await page.getByRole("button", { name: "Start feed" }).click();
  await expect(page.getByText("No candle yet")).toHaveCount(0);
});

test("funds are added to an open deal once, whatever becomes of the answer", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const config = { type: "dca", base_order: { unit: "quote", amount: "200" }, take_profit: { percentage: "50" } };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Funded", config });
  await call(page, "POST", `/api/v1/bots/${bot.id}/start`);
  await call(page, "POST", `/api/v1/exchange-connections/${account.id}/feed`, { action: "start" });
  // Funds are taken once the first order is filled.
  const orders = async () => (await call(page, "GET", `/api/v1/bots/${bot.id}/orders?limit=100`)).data;
  await expect.poll(async () => (await orders()).some(({ purpose }) => purpose === "take_profit")).toBe(true);
  await page.goto(`/bots/${bot.id}?tab=deals`);
  await page.getByRole("button", { name: "Add funds" }).click();
  await isLive(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Sum").fill("1");
  await dialog.getByRole("button", { name: "Buy" }).click();
  await expect(dialog.locator(".field.wrong", { hasText: "Sum" })).toBeVisible();
  await isAccessible(page, "funds for a deal");
  await dialog.getByLabel("Sum").fill("50");
  await dialog.getByLabel("At", { exact: true }).fill("90");
  let lost = 0;
  await page.route("**/add-funds", async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await dialog.getByRole("button", { name: "Buy" }).click();
  await expect(dialog.getByRole("alert")).toContainText("The server cannot be reached");
  await dialog.getByRole("button", { name: "Buy" }).click();
  await expect(dialog).toHaveCount(0);
  await expect
    .poll(async () => (await orders()).filter(({ price }) => price === "90").length)
    .toBe(1);
});

test("every decimal of a configuration is shown, and stays while something else is changed", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const amount = "1234.00000001";
  const config = { type: "dca_interval", amount, frequency: { every: "hourly" }, max_price: "0.12345678" };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Digits", config });
  await page.goto(`/bots/${bot.id}?tab=configuration`);
  await isLive(page);
  await expect(page.locator(".settings")).toContainText("1,234.00000001");
  await expect(page.locator(".settings")).toContainText("0.12345678");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await expect(page.getByLabel("Sum of each purchase")).toHaveValue(amount);
  await page.getByLabel("In all at most").fill("99999.99999999");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.locator(".settings")).toContainText("99,999.99999999");
  const stored = await call(page, "GET", `/api/v1/bots/${bot.id}`);
  expect(stored.config).toEqual({ ...bot.config, max_total: "99999.99999999" });
});
