// What is out of the ordinary: each shows what is so and what to do, and never a stale number as a live one.
import { expect, test } from "@playwright/test";
import { call, isAccessible, isLive, signUpInPage, STILL } from "./console.js";

const DCA = { type: "dca", base_order: { unit: "quote", amount: "200" }, take_profit: { percentage: "1" } };
const WIDE = "Ｗ".repeat(100);

async function botOf(page, name = "Odd") {
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  return call(page, "POST", "/api/v1/bots", { connection_id: account.id, name, config: DCA });
}

const problem = (status, code, title, more = {}) => ({
  status,
  contentType: "application/problem+json",
  json: { type: "about:blank", title, status, code, request_id: "0191", ...more },
});

test("a name of a hundred wide letters breaks no page, desk or phone", async ({ page }) => {
  await signUpInPage(page);
  const bot = await botOf(page, WIDE);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of ["/bots", `/bots/${bot.id}`, "/backtests/new", "/portfolio"]) {
      await page.goto(path);
      await isLive(page);
      await expect(page.locator(".loading")).toHaveCount(0);
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(isWide, `${path} is wider than ${width}`).toBe(false);
    }
  }
});

test("a bot that has failed says why, and what can be done", async ({ page }) => {
  await signUpInPage(page);
  const bot = await botOf(page);
  const failed = { ...bot, status: "error", status_reason: "reconcile_mismatch" };
  await page.route(`**/api/v1/bots/${bot.id}`, (route) => route.fulfill({ json: failed }));
  await page.goto(`/bots/${bot.id}`);
  await expect(page.locator(".bot-title .status")).toHaveText("Failed");
  await expect(page.getByText("Its orders contradict those of the exchange")).toBeVisible();
  for (const name of ["Start", "Stop", "Panic close", "Delete"]) {
    await expect(page.locator(".actions").getByRole("button", { name, exact: true })).toBeVisible();
  }
  await isAccessible(page, "a bot that has failed");
});

test("a panel that fails leaves the others", async ({ page }) => {
  await signUpInPage(page);
  const bot = await botOf(page);
  // Not what the document says: the page has to fail over it.
  await page.route("**/decisions*", (route) => route.fulfill({ json: { data: [null] } }));
  await page.route("**/fills*", (route) => route.fulfill(problem(500, "internal", "Something went wrong on our side")));
  await page.goto(`/bots/${bot.id}`);
  await expect(page.locator(".tab-panel").getByRole("alert")).toContainText("This page has failed");
  await expect(page.getByRole("heading", { name: "Odd" })).toBeVisible();
  await expect(page.locator(".figures")).toBeVisible();
  await page.getByRole("tab", { name: "Fills" }).click();
  await expect(page.locator(".tab-panel").getByRole("alert")).toContainText("Something went wrong on our side");
  await page.getByRole("tab", { name: "Orders" }).click();
  await expect(page.locator(".tab-panel")).toContainText("No order yet.");
  await page.unroute("**/fills*");
  await page.getByRole("tab", { name: "Fills" }).click();
  await expect(page.locator(".tab-panel")).toContainText("No fill yet.");
});

test("a plan that is used up says how much, and leads to the plans", async ({ page }) => {
  await signUpInPage(page);
  await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const refused = problem(402, "entitlement_exceeded", "The plan does not allow it", { entitlement: "max_bots", current: 5, limit: 5 });
  await page.route("**/api/v1/bots", (route) => (route.request().method() === "POST" ? route.fulfill(refused) : route.continue()));
  await page.goto("/bots/new?kind=dca");
  await page.getByLabel("Name").fill("One too many");
  await page.getByLabel("First order", { exact: true }).fill("200");
  await page.getByLabel("Take profit").fill("1");
  await expect(page.locator(".preview tbody tr")).not.toHaveCount(0);
  await isLive(page);
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page.getByRole("alert")).toContainText("5 of 5 are used.");
  await expect(page.getByLabel("Name")).toHaveValue("One too many");
  await page.getByRole("alert").getByRole("link", { name: "Plans" }).click();
  await expect(page).toHaveURL(/\/billing$/);
});

test("an api that is rolled is said, blanks no page, and what was pressed meanwhile is done once it is back", async ({ page }) => {
  await signUpInPage(page);
  const bot = await botOf(page);
  await page.goto(`/bots/new?kind=dca&connection=${bot.connection_id}`);
  await page.getByLabel("Name").fill("While it rolls");
  await page.getByLabel("First order", { exact: true }).fill("200");
  await page.getByLabel("Take profit").fill("1");
  await expect(page.locator(".preview tbody tr")).not.toHaveCount(0);
  await isLive(page);
  // The bot is made, and the answer is lost.
  let lost = 0;
  await page.route("**/api/v1/bots", async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page.getByRole("alert")).toContainText("The server cannot be reached");
  await expect(page.getByLabel("Name")).toHaveValue("While it rolls");
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page.getByRole("heading", { name: "While it rolls" })).toBeVisible();
  const { data } = await call(page, "GET", "/api/v1/bots?limit=100");
  expect(data.map(({ name }) => name).sort()).toEqual(["Odd", "While it rolls"]);
});

test("without Redis figures are told to be old, buttons that begin trading wait, and all comes back by itself", async ({ page }) => {
  let isAway = false;
  const sockets = [];
  await page.routeWebSocket(/\/ws$/, (socket) => {
    if (isAway) return socket.close({ code: 4503 });
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.route("**/auth/realtime-token", (route) =>
    isAway ? route.fulfill(problem(503, "realtime_unavailable", "No tokens for sockets just now")) : route.continue(),
  );
  await signUpInPage(page);
  const bot = await botOf(page);
  await page.goto(`/bots/${bot.id}`);
  await isLive(page);
  isAway = true;
  for (const socket of sockets) await socket.close({ code: 4001 }).catch(() => {});
  await expect(page.locator(".pill")).toHaveText(/^Stale since/, { timeout: 2_000 });
  await expect(page.locator(".figures.stale")).toBeVisible();
  await isAccessible(page, "old figures");
  await expect(page.getByRole("button", { name: "Start", exact: true })).toBeDisabled();
  await page.getByRole("tab", { name: "Configuration" }).click();
  await expect(page.locator(".settings")).toBeVisible();
  isAway = false;
  await isLive(page, 8_000);
  await expect(page.locator(".figures.stale")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Start", exact: true })).toBeEnabled();
});

for (const [words, shift] of [
  ["ahead", 3_600_000],
  ["behind", -3_600_000],
]) {
  test(`with a clock an hour ${words} the page is live and stays so`, async ({ page }) => {
    await page.addInitScript((by) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + by;
    }, shift);
    const sockets = [];
    const tokens = [];
    page.on("websocket", (socket) => sockets.push(socket));
    page.on("request", (request) => request.url().endsWith("/auth/realtime-token") && tokens.push(request));
    await signUpInPage(page);
    await page.getByRole("button", { name: /^Grid/ }).click();
    await page.getByRole("button", { name: "Start on paper" }).click();
    await expect(page.locator(".why-row")).not.toHaveCount(0, { timeout: 15_000 });
    await isLive(page);
    await expect(page.locator(".figures.stale")).toHaveCount(0);
    const before = await page.locator(".price").innerText();
    await expect(page.locator(".price")).not.toHaveText(before);
    await isLive(page);
    expect(sockets.length).toBe(1);
    expect(tokens.length).toBeLessThanOrEqual(2);
  });
}

for (const isConfigured of [true, false]) {
  test(`an error of the page is reported ${isConfigured ? "to where the operator says, without addresses" : "nowhere where nobody says where"}`, async ({ page, baseURL }) => {
    const sent = [];
    const parts = [];
    page.on("request", (request) => /\/assets\/report-/.test(request.url()) && parts.push(request.url()));
    await page.route("**/envelope/**", (route) => {
      sent.push(route.request().postData());
      return route.fulfill({ json: {} });
    });
    await page.route("**/api/config", async (route) => {
      const config = await (await route.fetch()).json();
      const { host } = new URL(baseURL);
      return route.fulfill({ json: { ...config, sentry_dsn: isConfigured ? `http://key@${host}/42` : null } });
    });
    await signUpInPage(page);
    const bot = await botOf(page);
    await page.route("**/decisions*", (route) => route.fulfill({ json: { data: [null] } }));
    await page.goto(`/bots/${bot.id}?private=4711`);
    await expect(page.locator(".tab-panel").getByRole("alert")).toContainText("This page has failed");
    await isLive(page);
    // What the API refuses is no error of the page.
    await page.getByRole("tab", { name: "Fills" }).click();
    if (isConfigured) {
      await expect.poll(() => sent.length).toBe(1);
      expect(sent[0]).toContain("TypeError");
      expect(sent[0]).toContain("blockbotx-console@");
      expect(sent[0]).not.toContain("4711");
      expect(sent[0]).not.toContain("@example.com");
    } else {
      expect(sent).toEqual([]);
      expect(parts).toEqual([]);
    }
  });
}
