// Backtests, searches and the portfolio, as a trader goes through them.
import { expect, test } from "@playwright/test";
import { call, isAccessible, isLive, signUpInPage, STILL, watch } from "./console.js";

const DCA = { type: "dca", base_order: { unit: "quote", amount: "200" }, take_profit: { percentage: "1" } };

test("a bot is played over the past, compared, searched for better values, and made anew from what was found", async ({ page }) => {
  const complaints = watch(page);
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Tried", config: DCA });
  await page.goto(`/bots/${bot.id}`);
  await page.getByRole("link", { name: "Backtest", exact: true }).click();
  await expect(page.getByRole("heading", { name: "New backtest" })).toBeVisible();
  await page.getByLabel("Candles").fill("0");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.locator(".field.wrong", { hasText: "Candles" })).toBeVisible();
  for (const seed of ["3", "4"]) {
    await page.goto(`/backtests/new?bot=${bot.id}`);
    await page.getByLabel("Candles").fill("20000");
    await page.getByLabel("Seed").fill(seed);
    await page.getByRole("button", { name: "Run" }).click();
    await expect(page).toHaveURL(/\/backtests\/[0-9a-f]{8}-/);
    await expect(page.locator(".curve path.curve-line")).toBeVisible({ timeout: 30_000 });
    await expect(page.locator(".table tbody tr")).not.toHaveCount(0);
  }
  // What is shown is what was computed.
  const id = page.url().match(/backtests\/([0-9a-f-]{36})/)[1];
  const told = await call(page, "GET", `/api/v1/backtests/${id}`);
  const profit = page.locator(".figure", { hasText: "Profit" }).locator("[title]").first();
  expect((await profit.getAttribute("title")).replaceAll(",", "").trim()).toBe(`${told.result.summary.figures.profit} USDT`);
  await isAccessible(page, "a backtest");

  await page.getByRole("link", { name: "Backtests" }).click();
  await expect(page.getByRole("checkbox")).toHaveCount(2);
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await expect(page.locator(".compared tbody tr")).not.toHaveCount(0);
  await expect(page.locator(".compared thead th")).toHaveCount(3);
  await isAccessible(page, "backtests compared");

  await page.goto(`/backtests/new?bot=${bot.id}`);
  await page.getByLabel("Candles").fill("5000");
  await page.getByLabel("Search for better values").check();
  await page.getByLabel("Field").selectOption({ label: "Take profit" });
  await page.getByRole("textbox", { name: "Values" }).fill("0.5, 1.75, 3");
  await isAccessible(page, "a new search");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("heading", { name: "Best values" })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator(".table tbody tr")).toHaveCount(3);
  await isAccessible(page, "a search");
  const best = await page.locator(".table tbody tr").first().locator("td").first().innerText();
  await page.locator(".table tbody tr").first().getByRole("link", { name: "Make this a bot" }).click();
  await expect(page.getByLabel("Take profit")).toHaveValue(best);
  await page.getByLabel("Name").fill("Found");
  await isLive(page);
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page.getByRole("heading", { name: "Found" })).toBeVisible();
  const made = await call(page, "GET", `/api/v1/bots/${page.url().match(/bots\/([0-9a-f-]{36})/)[1]}`);
  expect(made.config).toEqual({ ...bot.config, take_profit: { ...bot.config.take_profit, percentage: best } });
  expect(complaints).toEqual([]);
});

test("a backtest of ten years tells how far it is, and can be stopped", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Long", config: DCA });
  await page.goto(`/backtests/new?bot=${bot.id}`);
  await page.getByLabel("Candles").fill("5256000");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByText(/^[1-9]\d? % done$/)).toBeVisible({ timeout: 90_000 });
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Cancelled" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No backtest yet.")).toBeVisible();
});

test("the portfolio holds what the API tells, exports it, and stops everything at once", async ({ page }) => {
  await signUpInPage(page);
  await page.getByRole("button", { name: /^Grid/ }).click();
  await page.getByRole("button", { name: "Start on paper" }).click();
  await expect(page.locator(".why-row")).not.toHaveCount(0, { timeout: 15_000 });
  const id = page.url().match(/bots\/([0-9a-f-]{36})/)[1];
  await expect.poll(async () => (await call(page, "GET", "/api/v1/portfolio/pnl")).data.length, { timeout: 60_000 }).toBeGreaterThan(0);
  await page.goto(`/portfolio?bot=${id}`);
  await isLive(page);
  await expect(page.locator(".calendar .gain, .calendar .loss").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "What is held" })).toContainText("USDT");
  await isAccessible(page, "portfolio");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Fills (CSV)" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  await page.getByRole("button", { name: "Stop all bots" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: /^Keep/ }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Stop all bots" }).click();
  await expect(page.getByText("1 bot was told to stop.")).toBeVisible();
  await page.goto(`/bots/${id}`);
  await expect(page.locator(".bot-title .status")).toHaveText("Stopped");
});
