/** How a caller is known: by cookies, by tokens of a login, or by an API token. */
import { problemOf, Unreachable } from "./problem.js";

/** The tokens of a login with `"tokens": "body"`. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** What makes requests those of somebody. */
export interface Session {
  /** Adds what a request needs. */
  authorize(headers: Headers): void;
  /**
   * Renews what a request that began at `since` was refused with. False where nobody is signed in any more; rejects where
   * that could not be found out.
   */
  renew(since: number): Promise<boolean>;
}

/** An API token (`bbx_…`). It cannot be renewed. */
export function apiToken(token: string): Session {
  return {
    authorize: (headers) => headers.set("authorization", `Bearer ${token}`),
    renew: async () => false,
  };
}

/** What several pages of one browser share about their one session. */
export interface SessionStore {
  /** Runs one task at a time, over all pages. */
  exclusively<T>(task: () => Promise<T>): Promise<T>;
  /** When any page renewed the session last, in milliseconds since 1970; 0 for never. */
  renewedAt(): number;
  /** Remembers that. */
  setRenewedAt(at: number): void;
}

export interface CookieOptions {
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  /** Shared with other pages; by default by the Web Locks API and `localStorage`. */
  store?: SessionStore;
  now?: () => number;
}

/** How long another page may take with a refresh that it has begun. */
const OTHER_PAGE_MS = 300;

/**
 * The session in the browser's httpOnly cookies. However many pages and requests are refused at once, the session is renewed
 * once: a refresh token that comes twice would end it.
 */
export function cookieSession(options: CookieOptions = {}): Session {
  const { baseUrl = "", store = browserStore(), now = Date.now } = options;
  const call = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return {
    authorize: () => {},
    renew: (since) =>
      store.exclusively(async () => {
        if (store.renewedAt() > since) return true;
        // What another page has stored may not have come here yet; its cookies have.
        const probe = await reach(() => call(`${baseUrl}/api/v1/me`, { credentials: "include" }));
        if (probe.ok) {
          store.setRenewedAt(now());
          return true;
        }
        const answer = await reach(() => call(`${baseUrl}/api/v1/auth/refresh`, { method: "POST", credentials: "include" }));
        if (answer.ok || answer.status === 409) {
          // 409: a page that knows nothing of our lock has just renewed it; its cookies are ours.
          if (!answer.ok) await new Promise((resolve) => setTimeout(resolve, OTHER_PAGE_MS));
          store.setRenewedAt(now());
          return true;
        }
        return refusal(answer);
      }),
  };
}

/** Remembers in this page only what the browser has no place for. */
function browserStore(): SessionStore {
  const name = "blockbotx.renewed";
  const storage = globalThis.localStorage as Storage | undefined;
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  let mine = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    exclusively: async <T>(task: () => Promise<T>): Promise<T> => {
      if (locks) return (await locks.request(name, task)) as T;
      const turn = last.then(task, task);
      last = turn.catch(() => {});
      return turn;
    },
    renewedAt: () => Math.max(mine, Number.parseInt(storage?.getItem(name) ?? "0", 10) || 0),
    setRenewedAt: (at) => {
      mine = at;
      storage?.setItem(name, `${at}`);
    },
  };
}

export interface TokenOptions {
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  /** Called with new tokens before they are used: the old refresh token is void. */
  save?: (tokens: Tokens) => void | Promise<void>;
  now?: () => number;
}

/** A session whose tokens are the program's own, as `POST /api/v1/auth/login` answers them in its body. */
export function tokenSession(tokens: Tokens, options: TokenOptions = {}): Session {
  const { baseUrl = "", save, now = Date.now } = options;
  const call = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  let current = tokens;
  let renewedAt = 0;
  let renewing: Promise<boolean> | null = null;
  const renew = async () => {
    const answer = await reach(() =>
      call(`${baseUrl}/api/v1/auth/refresh`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ refresh_token: current.refresh_token }),
      }),
    );
    if (!answer.ok) return refusal(answer);
    const body = (await answer.json()) as { session: { tokens: Tokens } };
    await save?.(body.session.tokens);
    current = body.session.tokens;
    renewedAt = now();
    return true;
  };
  return {
    authorize: (headers) => headers.set("authorization", `Bearer ${current.access_token}`),
    renew: async (since) => {
      if (renewedAt > since) return true;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      return renewing;
    },
  };
}

/** False where the session is over; anything else says nothing about it. */
async function refusal(answer: Response): Promise<boolean> {
  if (answer.status === 401 || answer.status === 403) return false;
  throw await problemOf(answer);
}

/** An answer, or {@link Unreachable}. */
export async function reach(call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Unreachable("The server cannot be reached", { cause });
  }
}
