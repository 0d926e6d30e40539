// What is typed stays, whatever loads, ends or comes back meanwhile.
import { expect, test } from "@playwright/test";
import { call, disconnect, isAccessible, isLive, signUpInPage, STILL } from "./console.js";
import { newEmail, PASSWORD } from "./platform.js";

// Also after a failure: the next journey connects the same account.
test.afterEach(async ({ page }, { title }) => {
  if (process.env.EMULATOR_KEY && title.startsWith("keys of")) await disconnect(page);
});

const WORDS = "a name that is typed slowly";

// Types into a field at a person's pace, and expects it all to be there.
async function typeSlowly(page, field) {
  await field.focus();
  await page.keyboard.type(WORDS, { delay: 90 });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(WORDS);
}

for (const late of ["symbols", "exchange-connections", "realtime-token", "events"]) {
  test(`typing goes on while ${late} loads`, async ({ page }) => {
    await signUpInPage(page);
    const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
    await page.route(`**/api/v1/**${late}*`, async (route) => {
      await new Promise((done) => setTimeout(done, 1_000));
      await route.continue().catch(() => {});
    });
    await page.goto(`/bots/new?kind=grid&connection=${account.id}`, { waitUntil: "commit" });
    await typeSlowly(page, page.getByLabel("Name"));
    await isLive(page);
  });
}

test("typing goes on while the session is renewed and all is read again", async ({ context, page }) => {
  await signUpInPage(page);
  await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const refreshes = [];
  page.on("request", (request) => request.url().endsWith("/auth/refresh") && refreshes.push(request));
  let socket;
  await page.routeWebSocket(/\/ws$/, (one) => {
    socket = one;
    one.connectToServer();
  });
  await page.goto("/bots/new?kind=dca");
  await isLive(page);
  const field = page.getByLabel("Name");
  await field.focus();
  await context.clearCookies({ name: "accessToken" });
  await socket.close({ code: 4001, reason: "away" });
  await typeSlowly(page, field);
  await isLive(page);
  await expect(field).toHaveValue(WORDS);
  expect(refreshes.length).toBe(1);
});

// Ends every session of the page's person, as somebody does elsewhere.
async function endSessions(page, browser, baseURL, email) {
  const elsewhere = await (await browser.newContext({ baseURL })).newPage();
  await elsewhere.goto("/login");
  await signInOn(elsewhere, email);
  await elsewhere.goto("/account?tab=sessions");
  await elsewhere.getByRole("button", { name: "End all sessions" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible({ timeout: 5_000 });
  await elsewhere.context().close();
}

async function signInOn(page, email) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".nav")).toBeVisible();
}

test("a session that ends while a form is half filled loses nothing but secrets, and nobody else sees it", async ({ page, browser, baseURL }) => {
  const email = await signUpInPage(page);
  await call(page, "POST", "/api/v1/exchange-connections", STILL);
  await page.goto("/bots/new?kind=dca");
  await isLive(page);
  await page.getByLabel("Name").fill("Half");
  await page.getByLabel("Take profit").fill("1.25");
  await endSessions(page, browser, baseURL, email);
  await signInOn(page, email);
  await expect(page).toHaveURL(/\/bots\/new\?kind=dca/);
  await expect(page.getByLabel("Name")).toHaveValue("Half");
  await expect(page.getByLabel("Take profit")).toHaveValue("1.25");

  await page.getByRole("link", { name: "Connections" }).click();
  await page.getByRole("link", { name: "New connection" }).click();
  await page.getByRole("radio", { name: /^Binance/ }).click();
  await page.getByLabel("Name").fill("Mine");
  await page.getByLabel("Secret").fill("a secret of the exchange");
  await isLive(page);
  await endSessions(page, browser, baseURL, email);
  await signInOn(page, email);
  await expect(page.getByLabel("Name")).toHaveValue("Mine");
  await expect(page.getByLabel("Secret")).toHaveValue("");

  await page.getByLabel("Name").fill("Left behind");
  await isLive(page);
  await endSessions(page, browser, baseURL, email);
  await page.getByRole("link", { name: /account/i }).click();
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
  await page.getByLabel("E-mail").fill(newEmail());
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("link", { name: "Connections", exact: true }).click();
  await page.getByRole("link", { name: "New connection" }).first().click();
  await expect(page.getByLabel("Name")).toHaveValue("");
});

test("a change that a second tab was quicker with is refused, said, and stays typed", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const config = { type: "dca", base_order: { unit: "quote", amount: "200" }, take_profit: { percentage: "1" } };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Twice", config });
  await page.goto(`/bots/${bot.id}?tab=configuration`);
  await isLive(page);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByLabel("Take profit").fill("3");
  await call(page, "PATCH", `/api/v1/bots/${bot.id}`, { name: "Renamed elsewhere", version: bot.version });
  await expect(page.getByRole("heading", { name: "Renamed elsewhere" })).toBeVisible();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Somebody has changed the bot meanwhile.")).toBeVisible();
  await expect(page.getByLabel("Take profit")).toHaveValue("3");
  await page.getByRole("button", { name: "Put it over the newest" }).click();
  await expect(page.getByText("Somebody has changed the bot meanwhile.")).toHaveCount(0);
  await expect(page.locator(".changes tr")).toHaveText(["Take profit1→3"]);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Change", exact: true })).toBeVisible();
  const stored = await call(page, "GET", `/api/v1/bots/${bot.id}`);
  expect(stored.name).toBe("Renamed elsewhere");
  expect(stored.config.take_profit.percentage).toBe("3");
});

test("keys of another account leave open orders behind only for somebody who says so", async ({ page }) => {
  test.skip(!process.env.EMULATOR_KEY, "no emulated exchange is named");
  await signUpInPage(page);
  await page.goto("/connections/new");
  await page.getByRole("radio", { name: /^Binance/ }).click();
  await page.getByLabel("Name").fill("Testnet");
  await page.getByLabel("API key").fill(process.env.EMULATOR_KEY);
  await page.getByLabel("Secret").fill(process.env.EMULATOR_SECRET);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL(/\/connections$/);
  // The emulator has one account: that its orders would be left is answered for it.
  const sent = [];
  await page.route("**/rotate", (route) => {
    const body = route.request().postDataJSON();
    sent.push(body.abandon_orders);
    if (body.abandon_orders) return route.continue();
    const json = { type: "about:blank", title: "These keys are of another account", status: 409, code: "other_account", request_id: "r1" };
    return route.fulfill({ status: 409, contentType: "application/problem+json", json });
  });
  await page.getByRole("button", { name: "Replace the key" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("checkbox")).toHaveCount(0);
  await dialog.getByLabel("API key").fill(process.env.EMULATOR_KEY);
  await dialog.getByLabel("Secret").fill(process.env.EMULATOR_SECRET);
  await dialog.getByRole("button", { name: "Replace the key" }).click();
  await expect(dialog.getByRole("alert")).toContainText("another account");
  await expect(dialog.getByText("nobody watches them any more")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Replace the key" })).toBeDisabled();
  await dialog.getByRole("checkbox").check();
  await isAccessible(page, "keys of another account");
  // Other keys are another question.
  await dialog.getByLabel("Secret").fill(`${process.env.EMULATOR_SECRET} `);
  await expect(dialog.getByRole("checkbox")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Replace the key" }).click();
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Replace the key" }).click();
  await expect(dialog).toHaveCount(0);
  expect(sent).toEqual([false, false, true]);
});
