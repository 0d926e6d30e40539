/** REST: typed calls that renew their session, and confirm who calls where the API asks for it. */
import createClient, { type Client } from "openapi-fetch";
import { type Problem, problemOf } from "./problem.js";
import type { paths } from "./schema.js";
import { reach, type Session } from "./session.js";

/** The typed calls: `api.GET("/api/v1/bots", { params: { query: { limit: 10 } } })`. */
export type Api = Client<paths>;

export interface ApiOptions {
  /** Where the API is; the page's own origin by default. */
  baseUrl?: string;
  session: Session;
  fetch?: typeof globalThis.fetch;
  /** Asks who is there, and sends that to `POST /api/v1/auth/step-up`. The refused request is sent again after `true`. */
  stepUp?: (problem: Problem) => Promise<boolean>;
  /** Told when a request was refused and the session cannot be renewed. */
  signedOut?: () => void;
  now?: () => number;
}

/** What says that the session has to be renewed. Other 401s are about what was sent: a password, a code. */
const EXPIRED = ["unauthenticated", "token_expired"];

/** Makes the calls. */
export function createApi(options: ApiOptions): Api {
  return createClient<paths>({ baseUrl: options.baseUrl ?? "", fetch: sessionFetch(options) });
}

/** `fetch` with the session: a request that was refused for it is sent once more after it was renewed. */
export function sessionFetch(options: ApiOptions): (request: Request) => Promise<Response> {
  const { session, stepUp, signedOut, now = Date.now } = options;
  const call = options.fetch ?? ((input) => globalThis.fetch(input));
  const send = (request: Request) => {
    const own = request.clone();
    session.authorize(own.headers);
    return reach(() => call(own));
  };
  return async (request) => {
    const began = now();
    let response = await send(request);
    if (response.status === 401 && EXPIRED.includes((await problemOf(response.clone())).code)) {
      if (!(await session.renew(began))) {
        signedOut?.();
        return response;
      }
      response = await send(request);
    }
    if (response.status === 403 && stepUp) {
      const problem = await problemOf(response.clone());
      if (problem.code === "step_up_required" && (await stepUp(problem))) response = await send(request);
    }
    return response;
  };
}

/** What a call answered; throws its problem otherwise. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  // The body was read by the call.
  const text = typeof error === "string" ? error : JSON.stringify(error ?? null);
  throw await problemOf(new Response(text, { status: response.status, headers: response.headers }));
}
