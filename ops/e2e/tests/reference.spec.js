// The interactive reference: needs nothing from elsewhere, and what it shows can be tried.
import { expect, test } from "@playwright/test";
import { execute, newEmail, openReference, PASSWORD, tryOut } from "./platform.js";

test("the reference opens offline and an operation can be tried", async ({ page, baseURL }) => {
  const { outside, complaints } = await openReference(page, baseURL);
  const block = await tryOut(page, "get", "/api/health");
  const answer = await execute(block);
  await expect(answer.locator(".response-col_status")).toContainText("200");
  await expect(answer.locator(".response-col_description")).toContainText('"status"');
  expect(outside).toEqual([]);
  expect(complaints).toEqual([]);
});

test("a person signs up in the reference and is known from then on", async ({ page, baseURL }) => {
  const email = newEmail();
  await openReference(page, baseURL);

  const register = await tryOut(page, "post", "/api/v1/auth/register");
  await register.locator("textarea.body-param__text").fill(JSON.stringify({ email, password: PASSWORD }));
  await expect((await execute(register)).locator(".response-col_status")).toContainText("201");

  const me = await tryOut(page, "get", "/api/v1/me");
  const answer = await execute(me);
  await expect(answer.locator(".response-col_status")).toContainText("200");
  await expect(answer.locator(".response-col_description")).toContainText(email);
});

test("what is wrong with a sign-up is said", async ({ page, baseURL }) => {
  await openReference(page, baseURL);
  const register = await tryOut(page, "post", "/api/v1/auth/register");
  await register.locator("textarea.body-param__text").fill(JSON.stringify({ email: "nobody", password: "x" }));
  const answer = await execute(register);
  await expect(answer.locator(".response-col_status")).toContainText("422");
  await expect(answer.locator(".response-col_description")).toContainText("email");
});
