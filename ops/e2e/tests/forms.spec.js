// What is typed stays, whatever loads, ends or comes back meanwhile.
import { expect, test } from "@playwright/test";
import { call, isLive, signUpInPage, STILL } from "./console.js";

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
