import assert from "node:assert/strict";
import { test } from "node:test";
import { apiToken, cookieSession, createApi, isProblem, Problem, tokenSession, Unreachable, unwrap } from "../dist/index.js";

const baseUrl = "http://api";
const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const problem = (status, code, more = {}) => json(status, { status, code, title: code, detail: "why", request_id: "r1", ...more });

// Answers in order, and keeps what was asked.
function server(...answers) {
  const asked = [];
  const fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push({ method: request.method, path: new URL(request.url).pathname, headers: request.headers, body: await request.text() });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? json(500, {});
  };
  return { fetch, asked };
}

function store() {
  let at = 0;
  let last = Promise.resolve();
  return {
    exclusively: (task) => {
      const turn = last.then(task);
      last = turn.catch(() => {});
      return turn;
    },
    renewedAt: () => at,
    setRenewedAt: (value) => {
      at = value;
    },
  };
}

const me = (api) => unwrap(api.GET("/api/v1/me"));

test("an API token goes with each request", async () => {
  const { fetch, asked } = server(json(200, { id: "1" }));
  const api = createApi({ baseUrl, fetch, session: apiToken("bbx_1") });
  assert.deepEqual(await me(api), { id: "1" });
  assert.equal(asked[0].headers.get("authorization"), "Bearer bbx_1");
});

test("a refusal is a problem with all that is wrong", async () => {
  const errors = [{ pointer: "/config/upper", code: "out_of_range", message: "must be above lower" }];
  const { fetch } = server(problem(422, "invalid", { errors }));
  const failed = await me(createApi({ baseUrl, fetch, session: apiToken("t") })).catch((error) => error);
  assert.ok(isProblem(failed, "invalid"));
  assert.ok(!isProblem(failed, "not_found"));
  assert.equal(failed.requestId, "r1");
  assert.equal(failed.at("/config/upper").message, "must be above lower");
  assert.equal(failed.at("/config/lower"), undefined);
});

test("what is no problem of ours is one nevertheless", async () => {
  for (const body of ["<html>Bad Gateway</html>", "[]", "null", ""]) {
    const headers = { "x-request-id": "r2", "retry-after": "7" };
    const { fetch } = server(new Response(body, { status: 502, headers }));
    const failed = await me(createApi({ baseUrl, fetch, session: apiToken("t") })).catch((error) => error);
    assert.ok(failed instanceof Problem, body);
    assert.deepEqual([failed.status, failed.code, failed.requestId, failed.retryAfterMs], [502, "unreadable", "r2", 7000]);
  }
});

test("a server that is away is told apart", async () => {
  const { fetch } = server(new TypeError("fetch failed"));
  await assert.rejects(me(createApi({ baseUrl, fetch, session: apiToken("t") })), Unreachable);
});

test("many requests that are refused at once renew the session once", async () => {
  let renewed = 0;
  const fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url.endsWith("/refresh")) {
      renewed++;
      return json(200, {});
    }
    return renewed === 0 ? problem(401, "token_expired") : json(200, { id: "1" });
  };
  const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }) });
  const answers = await Promise.all([me(api), me(api), me(api)]);
  assert.deepEqual(answers, [{ id: "1" }, { id: "1" }, { id: "1" }]);
  assert.equal(renewed, 1);
});

test("a refresh that another page is doing is waited for", async () => {
  const { fetch, asked } = server(
    problem(401, "unauthenticated"),
    problem(401, "unauthenticated"),
    problem(409, "refresh_in_progress"),
    json(200, { id: "1" }),
  );
  const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }) });
  assert.deepEqual(await me(api), { id: "1" });
  assert.deepEqual(asked.map(({ path }) => path), ["/api/v1/me", "/api/v1/me", "/api/v1/auth/refresh", "/api/v1/me"]);
});

test("a session that another page has renewed is not renewed again, whatever the store knows", async () => {
  const { fetch, asked } = server(problem(401, "token_expired"), json(200, {}), json(200, { id: "1" }));
  const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }) });
  assert.deepEqual(await me(api), { id: "1" });
  assert.deepEqual(asked.map(({ path }) => path), ["/api/v1/me", "/api/v1/me", "/api/v1/me"]);
});

test("a session that is over is told, once for each request", async () => {
  const { fetch } = server(problem(401, "unauthenticated"), problem(401, "unauthenticated"), problem(401, "invalid_refresh_token"));
  let told = 0;
  const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }), signedOut: () => told++ });
  const failed = await me(api).catch((error) => error);
  assert.ok(isProblem(failed, "unauthenticated"));
  assert.equal(told, 1);
});

test("a refresh that could not be asked for signs nobody out", async () => {
  for (const answer of [new TypeError("away"), problem(503, "database_unavailable"), problem(429, "rate_limited")]) {
    const { fetch } = server(problem(401, "token_expired"), problem(401, "token_expired"), answer);
    let told = 0;
    const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }), signedOut: () => told++ });
    await assert.rejects(me(api));
    assert.equal(told, 0);
  }
});

test("a wrong password renews nothing", async () => {
  const { fetch, asked } = server(problem(401, "invalid_credentials"));
  const api = createApi({ baseUrl, fetch, session: cookieSession({ baseUrl, fetch, store: store() }) });
  const failed = await unwrap(api.POST("/api/v1/auth/login", { body: { email: "a@b.c", password: "x" } })).catch((error) => error);
  assert.ok(isProblem(failed, "invalid_credentials"));
  assert.equal(asked.length, 1);
});

test("what asks for a second factor is sent again after it, as it was", async () => {
  const { fetch, asked } = server(problem(403, "step_up_required"), json(201, { token: "bbx_1" }));
  let confirmed = 0;
  const api = createApi({
    baseUrl,
    fetch,
    session: apiToken("t"),
    stepUp: async ({ code }) => {
      assert.equal(code, "step_up_required");
      confirmed++;
      return true;
    },
  });
  const body = { name: "n", scopes: ["read"] };
  const params = { header: { "Idempotency-Key": "k1" } };
  await unwrap(api.POST("/api/v1/auth/tokens", { body, params }));
  assert.equal(confirmed, 1);
  assert.deepEqual(asked.map((one) => one.body), [JSON.stringify(body), JSON.stringify(body)]);
  assert.deepEqual(asked.map((one) => one.headers.get("idempotency-key")), ["k1", "k1"]);
});

test("who does not confirm gets the refusal", async () => {
  const { fetch, asked } = server(problem(403, "step_up_required"));
  const api = createApi({ baseUrl, fetch, session: apiToken("t"), stepUp: async () => false });
  await assert.rejects(me(api), (error) => isProblem(error, "step_up_required"));
  assert.equal(asked.length, 1);
});

test("tokens of a program are renewed once and saved before they are used", async () => {
  const saved = [];
  const tokens = { access_token: "a2", refresh_token: "r2" };
  const { fetch, asked } = server(
    problem(401, "token_expired"),
    problem(401, "token_expired"),
    json(200, { session: { tokens } }),
    json(200, {}),
    json(200, {}),
  );
  const session = tokenSession({ access_token: "a1", refresh_token: "r1" }, { baseUrl, fetch, save: (given) => saved.push(given) });
  const api = createApi({ baseUrl, fetch, session });
  await Promise.all([me(api), me(api)]);
  assert.deepEqual(saved, [tokens]);
  assert.equal(JSON.parse(asked[2].body).refresh_token, "r1");
  assert.deepEqual(asked.map((one) => one.headers.get("authorization")), ["Bearer a1", "Bearer a1", null, "Bearer a2", "Bearer a2"]);
});
