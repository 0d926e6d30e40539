// A page's sockets, with the lines that the README tells people to paste into its console.
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { openReference, rename, signUp } from "./platform.js";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const snippet = /```js\n(const socket = [\s\S]*?)```/.exec(readme)[1];

// The README's lines with the addresses of this platform put in, and what they print.
async function paste(page, request, account, hello = {}) {
  const { ws_url } = await (await request.get("/api/config")).json();
  const messages = [];
  page.on("console", async (line) => {
    if (line.type() === "log") messages.push(await line.args()[0].jsonValue());
  });
  const lines = snippet
    .replace(/new WebSocket\("[^"]*"/, `new WebSocket(${JSON.stringify(ws_url)}`)
    .replace(/token: "[^"]*"/, `token: ${JSON.stringify(account.token)}, ...${JSON.stringify(hello)}`);
  await page.evaluate(`${lines}; globalThis.socket = socket;`);
  await expect.poll(() => messages.find((message) => message.op === "welcome")).toBeTruthy();
  return messages;
}

const events = (messages) => messages.filter((message) => message.op === "event");

test("the README's lines receive the event of a change made elsewhere", async ({ page, request, baseURL }) => {
  const account = await signUp(request);
  const { complaints } = await openReference(page, baseURL);
  const messages = await paste(page, request, account);
  await rename(request, account, "Ada");
  await expect.poll(() => events(messages).find((event) => event.type === "user.updated")).toBeTruthy();
  expect(complaints).toEqual([]);
});

test("after a reconnect with resume nothing is missed and nothing comes twice", async ({ page, context, request, baseURL }) => {
  const account = await signUp(request);
  await openReference(page, baseURL);
  const before = await paste(page, request, account);
  await rename(request, account, "Ada");
  await expect.poll(() => events(before).length).toBe(1);
  const { epoch } = before.find((message) => message.op === "welcome");
  const { seq } = events(before)[0];
  await page.close();

  for (const name of ["Grace", "Barbara", "Frances"]) await rename(request, account, name);

  const again = await context.newPage();
  await openReference(again, baseURL);
  const after = await paste(again, request, account, { resume: { epoch, seq } });
  expect(after.find((message) => message.op === "welcome").resumed).toBe(true);
  await rename(request, account, "Margaret");
  await expect.poll(() => events(after).length).toBe(4);
  expect(events(after).map((event) => event.seq)).toEqual([1, 2, 3, 4].map((step) => seq + step));
});

test("a page of another origin is refused", async ({ page, request }) => {
  const { ws_url } = await (await request.get("/api/config")).json();
  await page.goto("data:text/html,<title>elsewhere</title>");
  const outcome = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, "blockbotx.v1");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      }),
    ws_url,
  );
  expect(outcome).toBe("refused");
});
