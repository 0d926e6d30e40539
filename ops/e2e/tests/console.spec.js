// Journeys through the console, as a trader makes them.
import { expect, test } from "@playwright/test";
import { call, codeOf, disconnect, isAccessible, isLive, linkTo, signUpInPage, STILL, watch } from "./console.js";
import { newEmail, PASSWORD } from "./platform.js";

// Also after a failure: the next journey connects the same account.
test.afterEach(async ({ page }, { title }) => {
  if (process.env.EMULATOR_KEY && title.startsWith("keys of")) await disconnect(page);
});

test("from the sign-up to the first fill on the screen", async ({ page }) => {
  const complaints = watch(page);
  const began = Date.now();
  await signUpInPage(page); // e-mail, password, button
  await page.getByRole("button", { name: /^Grid/ }).click();
  await page.getByRole("button", { name: "Start on paper" }).click();
  await expect(page).toHaveURL(/\/bots\/[0-9a-f-]{36}/);
  await page.getByRole("tab", { name: "Fills" }).click();
  await expect(page.locator(".table tbody tr").first()).toContainText(/Buy|Sell/, { timeout: 15_000 });
  expect(Date.now() - began).toBeLessThan(15_000);
  await page.getByRole("tab", { name: "Why" }).click();
  await expect(page.locator(".why-row").first()).toContainText(/bought|sold/);
  await expect(page.locator(".chart canvas").first()).toBeVisible();
  await isLive(page);
  expect(complaints).toEqual([]);
});

test("the orders of a grid are those of its preview, string for string", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  await page.goto(`/bots/new?kind=grid&connection=${account.id}`);
  await page.getByLabel("Name").fill("Levels");
  await page.getByLabel("Lowest price").fill("110");
  await page.getByLabel("Highest price").fill("108");
  await page.getByLabel("Steps").fill("8");
  await page.getByLabel("Investment").fill("2000");
  // What is wrong is said where it is.
  await expect(page.locator(".field.wrong .field-error").first()).toBeVisible();
  await page.getByLabel("Lowest price").fill("92");
  const levels = page.locator(".preview tbody tr");
  const typed = Date.now();
  await expect(levels).not.toHaveCount(0);
  expect(Date.now() - typed).toBeLessThan(1_500);
  await expect(page.locator(".field.wrong")).toHaveCount(0);
  await expect(page.locator(".preview[aria-busy=false]")).toBeVisible();
  const wanted = await page.locator(".preview [data-placed]").evaluateAll((all) => all.map((one) => one.dataset.placed));
  expect(wanted.length).toBeGreaterThan(4);
  await isLive(page);
  await page.getByRole("button", { name: "Create bot" }).click();
  await expect(page).toHaveURL(/\/bots\/[0-9a-f]{8}-/);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Start feed" }).click();
  await page.getByRole("tab", { name: "Orders" }).click();
  await expect(page.locator(".table tbody tr").first()).toBeVisible();
  const id = page.url().match(/bots\/([0-9a-f-]{36})/)[1];
  await expect
    .poll(async () => {
      const { data } = await call(page, "GET", `/api/v1/bots/${id}/orders?limit=100`);
      const resting = data.filter(({ type }) => type === "limit");
      return resting.map(({ side, quantity, price }) => `${side} ${quantity} at ${price}`).sort();
    })
    .toEqual(wanted.sort());
});

test("a change of a bot is shown before and after, and nothing else of it changes", async ({ page }) => {
  await signUpInPage(page);
  const account = await call(page, "POST", "/api/v1/exchange-connections", STILL);
  const config = {
    type: "dca",
    base_order: { unit: "quote", amount: "200.01" },
    take_profit: { percentage: "1" },
    safety_orders: { max_count: 2, custom_steps: [{ deviation: "1", size: "50" }, { deviation: "3", size: "80" }], volume: "50", step_percentage: "1" },
  };
  const bot = await call(page, "POST", "/api/v1/bots", { connection_id: account.id, name: "Stored", config });
  await page.goto(`/bots/${bot.id}?tab=configuration`);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await expect(page.getByRole("button", { name: "Save changes" })).toBeDisabled();
  await page.getByLabel("Take profit").fill("0.000000000000000001x");
  await expect(page.locator(".field.wrong .field-error")).toBeVisible();
  await page.getByLabel("Take profit").fill("1.25");
  await expect(page.locator(".changes tr")).toHaveText(["Take profit1→1.25"]);
  await isLive(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("button", { name: "Change", exact: true })).toBeVisible();
  const stored = await call(page, "GET", `/api/v1/bots/${bot.id}`);
  expect(stored.config).toEqual({ ...bot.config, take_profit: { ...bot.config.take_profit, percentage: "1.25" } });
});

test("once the market stands still, the figures on the screen are those of the API, and so are the orders of the chart", async ({ page }) => {
  await signUpInPage(page);
  await page.getByRole("button", { name: /^Grid/ }).click();
  await page.getByRole("button", { name: "Start on paper" }).click();
  await expect(page.locator(".why-row")).not.toHaveCount(0, { timeout: 15_000 });
  await page.getByRole("button", { name: "Pause feed" }).click();
  await expect(page.getByRole("button", { name: "Start feed" })).toBeVisible();
  const id = page.url().match(/bots\/([0-9a-f-]{36})/)[1];
  const figure = (label) => page.locator(".figure", { hasText: label }).locator("[title]").first();
  await expect(async () => {
    const told = await call(page, "GET", `/api/v1/bots/${id}/performance`);
    for (const [label, amount] of [
      ["Realised", told.realised],
      ["Unrealised", told.unrealised],
      ["Total", told.grid.total],
      ["Fees", told.fees],
    ]) {
      const shown = (await figure(label).getAttribute("title")).replaceAll(",", "").replace(" USDT", "");
      expect(shown, label).toBe(amount);
    }
    const { data } = await call(page, "GET", `/api/v1/orders?bot_id=${id}&status=open&limit=100`);
    await expect(page.locator("figcaption")).toContainText(`${data.length} orders in the book`);
  }).toPass({ timeout: 10_000 });
});

test("a bot is paused, resumed, stopped with what it holds sold, and deleted", async ({ page }) => {
  await signUpInPage(page);
  await page.getByRole("button", { name: /^DCA/ }).click();
  await page.getByRole("button", { name: "Start on paper" }).click();
  const status = page.locator(".bot-title .status");
  const act = async (name) => {
    await page.locator(".actions").getByRole("button", { name, exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
  };
  await expect(page.locator(".why-row").first()).toBeVisible();
  await act("Pause");
  await expect(status).toHaveText("Paused");
  await act("Resume");
  await expect(status).toHaveText("Running");
  await page.locator(".actions").getByRole("button", { name: "Stop" }).click();
  await page.getByRole("radio", { name: /^Sell/ }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await expect(status).toHaveText("Stopped");
  await page.getByRole("tab", { name: "Deals" }).click();
  await expect(page.locator(".table tbody tr").first()).toContainText("Closed by you");
  await act("Delete");
  await expect(page).toHaveURL(/\/bots$/);
  await expect(page.getByText("No bot yet.")).toBeVisible();
});

test("two tabs have one socket, one refresh, and go on without each other", async ({ context, page }) => {
  const sockets = [];
  const refreshes = [];
  context.on("page", (opened) => listen(opened));
  const listen = (one) => {
    one.on("websocket", (socket) => socket.url().includes("/ws") && sockets.push(one));
    one.on("request", (request) => request.url().endsWith("/auth/refresh") && refreshes.push(request));
  };
  listen(page);
  await signUpInPage(page);
  await isLive(page);
  const other = await context.newPage();
  await other.goto("/bots");
  await isLive(other);
  expect(sockets).toEqual([page]);

  // The access token is over, in both at once.
  await context.clearCookies({ name: "accessToken" });
  await Promise.all([page.goto("/connections"), other.goto("/account?tab=sessions")]);
  await expect(other.getByText("This one")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Connections" })).toBeVisible();
  expect(refreshes.length).toBe(1);

  const leader = sockets.at(-1);
  const rest = leader === page ? other : page;
  await isLive(rest);
  await leader.close();
  await expect.poll(() => sockets.at(-1) === rest, { timeout: 3_000 }).toBe(true);
  await isLive(rest, 3_000);
});

test("a gateway that is away is said, and figures grey out", async ({ page }) => {
  let isAway = false;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    if (isAway) return socket.close({ code: 4001, reason: "away" });
    const server = socket.connectToServer();
    sockets.push({ socket, server });
  });
  const sockets = [];
  await signUpInPage(page);
  await isLive(page);
  await page.goto("/bots/new");
  await isLive(page);
  isAway = true;
  for (const { socket } of sockets) await socket.close({ code: 4001, reason: "away" }).catch(() => {});
  await expect(page.locator(".pill")).toHaveText(/^Stale since \d\d:\d\d$/, { timeout: 2_000 });
  isAway = false;
  await isLive(page, 5_000);
});

test("a session that is ended elsewhere is over on the screen at once", async ({ page, browser, baseURL }) => {
  const email = await signUpInPage(page);
  await isLive(page);
  const elsewhere = await (await browser.newContext({ baseURL })).newPage();
  await elsewhere.goto("/login");
  await elsewhere.getByLabel("E-mail").fill(email);
  await elsewhere.getByLabel("Password").fill(PASSWORD);
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await expect(elsewhere.locator(".nav")).toBeVisible();
  await elsewhere.goto("/account?tab=sessions");
  await elsewhere.getByRole("button", { name: "End all sessions" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible({ timeout: 2_500 });
  await elsewhere.context().close();
});

test("a mail's link proves the address, an authenticator is set up, and a step-up sends again what was refused", async ({ page }) => {
  test.skip(!process.env.MAIL_DIR, "mails are elsewhere");
  const email = await signUpInPage(page);
  await page.goto(await linkTo(email, "verify-email"));
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(page.getByText("The address is confirmed.")).toBeVisible();

  // The first proof of an address ends what was there before.
  await page.goto("/account?tab=security");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByAltText("QR code of the authenticator's secret")).toBeVisible();
  const secret = await page.locator("code.secret").innerText();
  await page.getByLabel("Code").fill(codeOf(secret));
  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  await expect(page.locator(".codes li")).toHaveCount(10);
  const recovery = await page.locator(".codes li code").first().innerText();

  // Signing in asks for a code now; a recovery code is good too.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".nav")).toBeVisible();

  // An API token: refused, confirmed, made.
  await page.goto("/account?tab=tokens");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Program");
  await page.getByRole("dialog").getByRole("button", { name: "New token" }).click();
  await page.getByRole("dialog", { name: "Is it you?" }).getByLabel("Code").fill(codeOf(secret, Date.now() + 30_000));
  await page.getByRole("dialog", { name: "Is it you?" }).getByRole("button", { name: "Confirm" }).click();
  await expect(page.locator(".token code")).toContainText("bbx_");
});

test("keys of an exchange are tried, refused at their field, and said what they may do", async ({ page }) => {
  test.skip(!process.env.EMULATOR_KEY, "no emulated exchange is named");
  await signUpInPage(page);
  await page.goto("/connections/new");
  await page.getByRole("radio", { name: /^Binance/ }).click();
  await page.getByLabel("Name").fill("Testnet");
  await page.getByLabel("API key").fill("a".repeat(64));
  await page.getByLabel("Secret").fill(process.env.EMULATOR_SECRET);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await expect(page.locator(".field.wrong", { hasText: "API key" })).toBeVisible();
  await page.getByLabel("API key").fill(process.env.EMULATOR_KEY);
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(page.locator(".connection")).toContainText("Testnet");
  await page.getByRole("button", { name: "Test the key" }).click();
  await expect(page.getByText("The exchange accepts the key.")).toBeVisible();
  await expect(page.locator(".permissions li")).toHaveCount(4);
  await isAccessible(page, "a key that was tested");
});

test("a new password by mail", async ({ page }) => {
  test.skip(!process.env.MAIL_DIR, "mails are elsewhere");
  const email = await signUpInPage(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Forgot the password?" }).click();
  await expect(page.getByRole("heading", { name: "A new password" })).toBeVisible();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText("a link is on its way")).toBeVisible();
  await page.goto(await linkTo(email, "reset-password"));
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.locator(".field-error")).toBeVisible();
  const password = "another long passphrase 0815";
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".nav")).toBeVisible();
});

test("a second visit fetches the page alone, and nothing comes from elsewhere", async ({ page, baseURL }) => {
  await page.goto("/login");
  await expect(page.getByLabel("E-mail")).toBeVisible();
  const outside = [];
  const again = [];
  page.on("request", (request) => new URL(request.url()).origin !== new URL(baseURL).origin && outside.push(request.url()));
  page.on("response", async (response) => again.push([new URL(response.url()).pathname, response.status(), response.fromServiceWorker()]));
  const answer = await page.request.get("/login", { headers: { accept: "text/html", "accept-encoding": "br" } });
  expect(answer.headers()["content-encoding"]).toBe("br");
  const known = await page.request.get("/login", { headers: { accept: "text/html", "accept-encoding": "br", "if-none-match": answer.headers().etag } });
  expect(known.status()).toBe(304);
  await page.goto("/register");
  await expect(page.getByLabel("E-mail")).toBeVisible();
  expect(outside).toEqual([]);
});

for (const [scheme, place, width] of [
  ["dark", "desk", 1280],
  ["dark", "phone", 360],
  ["light", "desk", 1280],
  ["light", "phone", 360],
]) {
  test(`no page has a grave fault of accessibility, ${scheme}, ${place}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ baseURL, colorScheme: scheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const complaints = watch(page);
    for (const path of ["/login", "/register", "/forgot-password", "/reset-password#token=x", "/verify-email"]) {
      await page.goto(path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await isAccessible(page, path);
    }
    await signUpInPage(page);
    await page.getByRole("button", { name: /^DCA/ }).click();
    await expect(page.locator(".preview tbody tr").first()).toBeVisible();
    await isAccessible(page, "/start");
    await page.getByRole("button", { name: "Start on paper" }).click();
    await expect(page.locator(".why-row").first()).toBeVisible();
    const bot = page.url();
    for (const tab of ["why", "deals", "orders", "fills", "configuration"]) {
      await page.goto(`${bot.split("?")[0]}?tab=${tab}`);
      await expect(page.locator(".tab-panel > *").first()).toBeVisible();
      await isLive(page);
      await isAccessible(page, `bot ${tab}`);
    }
    for (const path of [
      "/bots",
      "/bots/new?kind=grid",
      "/bots/new?kind=dca",
      "/bots/new?kind=dca_interval",
      "/bots/new?kind=strategy",
      "/backtests",
      "/backtests/new",
      "/portfolio",
      "/admin",
      "/connections",
      "/connections/new",
      "/account",
      "/account?tab=security",
      "/account?tab=sessions",
      "/account?tab=tokens",
      "/account?tab=log",
      "/billing",
      "/nowhere",
    ]) {
      await page.goto(path);
      await isLive(page);
      await expect(page.locator(".loading")).toHaveCount(0);
      await isAccessible(page, path);
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(isWide, `${path} is wider than ${width}`).toBe(false);
      for (const place of await page.locator(".place").all()) {
        const { x, width: wide, height } = await place.boundingBox();
        expect(x + wide, `a place is outside of ${width}`).toBeLessThanOrEqual(width);
        if (width === 360) expect(height).toBeGreaterThanOrEqual(44);
      }
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
}

test("a thousand bots are in the list, and only those in view in the document", async ({ page }) => {
  await signUpInPage(page);
  const config = { type: "dca_interval", amount: "10", frequency: { every: "hourly" } };
  const bot = (number) => ({
    id: `018f4c1e-0000-7000-8000-${`${number}`.padStart(12, "0")}`,
    connection_id: "018f4c1e-0000-7000-8000-000000000000",
    name: `Bot ${number}`,
    type: "dca_interval",
    symbol: "SOL-USDT",
    status: "draft",
    version: 1,
    created_at: "2024-01-01T00:00:00.000Z",
    updated_at: "2024-01-01T00:00:00.000Z",
    config,
  });
  await page.route(/\/api\/v1\/bots\?/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const data = Array.from({ length: 100 }, (_, index) => bot(from + index + 1));
    return route.fulfill({ json: { data, next_cursor: from < 900 ? `${from + 100}` : null } });
  });
  await page.goto("/bots");
  await expect(page.getByText("1000 in all")).toBeVisible();
  await expect(page.getByRole("link", { name: "Bot 1000", exact: true })).toBeVisible();
  expect(await page.locator(".bot-row").count()).toBeLessThanOrEqual(60);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect(page.getByRole("link", { name: "Bot 1", exact: true })).toBeVisible();
  expect(await page.locator(".bot-row").count()).toBeLessThanOrEqual(60);
  // By keyboard alone: find, and open.
  await page.keyboard.press("/");
  await page.keyboard.type("bot 777");
  await expect(page.getByRole("link", { name: "Bot 777", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/q=bot/);
  await page.getByRole("link", { name: "Bot 777", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/bots\/018f4c1e-0000-7000-8000-000000000777/);
});

test("somebody who was not signed in comes back to the page that was asked for", async ({ page }) => {
  const email = await signUpInPage(page, newEmail());
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/connections?x=1");
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("a wrong passphrase 4711");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText(/Request/);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/connections\?x=1/);
});
