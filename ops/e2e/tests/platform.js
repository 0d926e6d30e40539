// What the journeys share: accounts, and the page that a browser opens.
import { expect } from "@playwright/test";
import { randomUUID } from "node:crypto";

export const PASSWORD = "a long enough passphrase 4711";

export const newEmail = () => `${randomUUID()}@example.com`;

// Signs up by REST, as the README does.
export async function signUp(request) {
  const answer = await request.post("/api/v1/auth/register", {
    data: { email: newEmail(), password: PASSWORD, tokens: "body" },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { session } = await answer.json();
  return { authorization: `Bearer ${session.tokens.access_token}`, token: session.tokens.access_token };
}

// A change of the account, which is an event on its sockets. Answers the account as it is then.
export async function rename(request, account, display_name) {
  const headers = { authorization: account.authorization };
  const { version } = await (await request.get("/api/v1/me", { headers })).json();
  const answer = await request.patch("/api/v1/me", { headers, data: { display_name, version } });
  expect(answer.status(), await answer.text()).toBe(200);
  return answer.json();
}

// Opens the reference with every other host cut off. Answers what was asked of them, and what the page complained of.
export async function openReference(page, baseURL) {
  const { origin } = new URL(baseURL);
  const outside = [];
  const complaints = [];
  await page.route("**/*", (route) => {
    if (new URL(route.request().url()).origin === origin) return route.continue();
    outside.push(route.request().url());
    return route.abort();
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto("/api/docs/");
  await expect(page.locator(".opblock").first()).toBeVisible();
  return { outside, complaints };
}

// An operation of the reference, unfolded and ready to be filled in.
export async function tryOut(page, method, path) {
  const block = page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) });
  await block.locator(".opblock-summary").click();
  await block.getByRole("button", { name: "Try it out" }).click();
  return block;
}

export async function execute(block) {
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table .response").first();
  await expect(answer).toBeVisible();
  return answer;
}
