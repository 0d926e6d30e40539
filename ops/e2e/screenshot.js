// Takes the README's picture: a grid on paper after some minutes. PLAYWRIGHT_BASE_URL and CHROMIUM as for the journeys.
// MAIL_DIR: where mails are, to confirm the address.
//   node screenshot.js [FILE] [light]
import { chromium } from "@playwright/test";
import { call, isLive, linkTo, signUpInPage } from "./tests/console.js";
import { PASSWORD } from "./tests/platform.js";

const file = process.argv[2] ?? "../docs/console.png";
const colorScheme = process.argv[3] === "light" ? "light" : "dark";
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || undefined, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({
  baseURL: process.env.PLAYWRIGHT_BASE_URL ?? "http://localhost:3000",
  viewport: { width: 1440, height: 1000 },
  colorScheme,
});
const page = await context.newPage();
const email = await signUpInPage(page);
if (process.env.MAIL_DIR) {
  await page.goto(await linkTo(email, "verify-email"));
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await isLive(page);
}
const { version } = await call(page, "GET", "/api/v1/me");
await call(page, "PATCH", "/api/v1/me", { display_name: "Ada", version });
const paper = (label, seed, speed) => ({
  venue: "paper",
  label,
  paper: { symbol: "SOL-USDT", balances: { USDT: "10000" }, speed, feed: { kind: "synthetic", seed, candles: 20_000 } },
});
const account = await call(page, "POST", "/api/v1/exchange-connections", paper("Paper", 3, 12_000));
const bot = await call(page, "POST", "/api/v1/bots", {
  connection_id: account.id,
  name: "SOL range",
  config: {
    type: "grid",
    lower: "96",
    upper: "106",
    grid_count: 40,
    spacing: "arithmetic",
    quantity: { mode: "investment", quote: "8000" },
    stop_loss_price: "92",
  },
});
await call(page, "POST", `/api/v1/bots/${bot.id}/start`);
await call(page, "POST", `/api/v1/exchange-connections/${account.id}/feed`, { action: "start" });
// Until it has traded enough to be looked at, and at a moment that is no loss.
for (let tries = 0; tries < 200; tries++) {
  await page.waitForTimeout(300);
  const { grid, ledger } = await call(page, "GET", `/api/v1/bots/${bot.id}/performance`);
  if (tries > 20 && ledger.length > 0 && grid && !grid.total.startsWith("-")) break;
}
await call(page, "POST", `/api/v1/exchange-connections/${account.id}/feed`, { action: "pause" });
await page.goto(`/bots/${bot.id}`);
await isLive(page);
await page.locator(".why-row").first().waitFor();
await page.waitForTimeout(1_000);
await page.screenshot({ path: file });
await browser.close();
