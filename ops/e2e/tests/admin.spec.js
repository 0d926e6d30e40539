// What admins do, and what everybody else sees of it. ADMIN_EMAIL: a superadmin without a second factor, whose password is PASSWORD.
import { expect, test } from "@playwright/test";
import { codeOf, isAccessible, isLive, signUpInPage, watch } from "./console.js";
import { PASSWORD } from "./platform.js";

test.skip(!process.env.ADMIN_EMAIL, "no admin is named");

async function signInAsAdmin(page) {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(process.env.ADMIN_EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".nav")).toBeVisible();
}

test("an admin sets up an authenticator, suspends a user whose tab says so at once, and lets the user in again", async ({ page, browser, baseURL }) => {
  const complaints = watch(page);
  await signInAsAdmin(page);
  await page.getByRole("link", { name: "Admin" }).click();
  await page.getByRole("link", { name: "Set up an authenticator" }).click();
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  const secret = await page.locator("code.secret").innerText();
  await page.getByLabel("Code").fill(codeOf(secret));
  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  await expect(page.locator(".codes li")).toHaveCount(10);

  const theirs = await (await browser.newContext({ baseURL })).newPage();
  const email = await signUpInPage(theirs);
  await isLive(theirs);
  await page.goto("/admin");
  await page.getByRole("searchbox", { name: "Find a user" }).fill(email);
  const row = page.locator(".table tbody tr", { hasText: email });
  await expect(page.locator(".table tbody tr")).toHaveCount(1);
  await isAccessible(page, "users");
  await row.getByRole("button", { name: "Suspend" }).click();
  const dialog = page.getByRole("dialog", { name: /^Suspend/ });
  await dialog.getByLabel("Reason").fill("Asked for by a journey");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  // The code of the set-up was used; that of the next half minute is good already.
  const ask = page.getByRole("dialog", { name: "Is it you?" });
  await ask.getByLabel("Code").fill(codeOf(secret, Date.now() + 30_000));
  await ask.getByRole("button", { name: "Confirm" }).click();
  await expect(row).toContainText("Suspended");
  await expect(theirs.getByRole("heading", { name: "Sign in" })).toBeVisible({ timeout: 2_000 });
  await expect(theirs.getByRole("alert")).toContainText(/suspended/i);
  await isAccessible(theirs, "suspended");
  await row.getByRole("button", { name: "Reactivate" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("It is over");
  await page.getByRole("dialog").getByRole("button", { name: "Reactivate" }).click();
  await expect(row).toContainText("Active");
  await theirs.getByLabel("E-mail").fill(email);
  await theirs.getByLabel("Password").fill(PASSWORD);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.locator(".nav")).toBeVisible();

  // Under maintenance a page that is open says so, keeps what is typed, and goes on afterwards.
  await theirs.goto("/connections/new");
  await isLive(theirs);
  await theirs.getByLabel("Name").fill("Half");
  await page.goto("/admin?tab=platform");
  await isAccessible(page, "platform");
  const section = page.locator(".card", { hasText: "Maintenance" });
  await section.getByLabel("Message").fill("Back at noon.");
  await section.getByRole("button", { name: "Switch maintenance on" }).click();
  try {
    await expect(page.getByText("Maintenance is on.")).toBeVisible();
    await expect(theirs.locator(".notices")).toContainText("Back at noon.");
    await theirs.getByRole("button", { name: "Connect" }).click();
    await expect(theirs.getByRole("alert")).toContainText(/maintenance/i);
    await expect(theirs.getByLabel("Name")).toHaveValue("Half");
    const fresh = await theirs.context().newPage();
    await fresh.goto("/bots");
    await expect(fresh.getByRole("alert")).toContainText(/maintenance/i);
    await isAccessible(fresh, "maintenance");
    await fresh.close();
  } finally {
    await section.getByRole("button", { name: "Switch maintenance off" }).click();
  }
  await expect(page.getByText("Maintenance is off.")).toBeVisible();
  await expect(theirs.locator(".notices").getByText("Back at noon.")).toHaveCount(0);
  await theirs.getByRole("button", { name: "Connect" }).click();
  await expect(theirs).toHaveURL(/\/connections$/);

  const broadcast = page.locator(".card", { hasText: "Message to every open page" });
  await broadcast.getByLabel("Message").fill("The exchange is slow today.");
  await broadcast.getByRole("button", { name: "Send" }).click();
  await expect(theirs.getByText("The exchange is slow today.")).toBeVisible();
  await theirs.locator(".notices").getByRole("button", { name: "Close" }).click();
  await expect(theirs.getByText("The exchange is slow today.")).toHaveCount(0);
  await page.getByRole("tab", { name: "Security log" }).click();
  await expect(page.locator(".table tbody tr").first()).toBeVisible();
  await isAccessible(page, "the log of all");
  expect(complaints.filter((one) => !/status of 503/.test(one))).toEqual([]);
  await theirs.context().close();
});
