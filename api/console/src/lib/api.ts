/** The calls of this page, and who makes them. */
import { cookieSession, createApi, isProblem, type Schemas, unwrap } from "@blockbotx/client";
import { QueryCache, QueryClient } from "@tanstack/query-core";
import { createSignal } from "solid-js";
import { answerStepUp, askStepUp } from "./step-up";
import { isTransient } from "./transient";

export type User = Schemas["UserProfile"];

/** Undefined until it is known; null where nobody is signed in. */
const [user, setUser] = createSignal<User | null | undefined>(undefined);

/** Why somebody was put out, where there is more to say than that the session is over. */
const [farewell, setFarewell] = createSignal<unknown>(null);

export { farewell, user };

/** This browser has signed in before: otherwise nothing has to be asked to show the login. */
const HERE = "blockbotx.here";

export const api = createApi({
  session: cookieSession(),
  stepUp: () => askStepUp(),
  signedOut: () => signedOut(),
});

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => putOut(error) }),
  defaultOptions: {
    queries: {
      // What is shown is kept right by events; without them it is stale anyway.
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && !(isProblem(error) && error.status < 500 && error.status !== 429),
      retryDelay: (count, error) => (isProblem(error) ? error.retryAfterMs : null) ?? 500 * 2 ** count,
    },
  },
});

queries.mount();

export { unwrap };

const leavers = new Set<() => void>();
/** Called when nobody is signed in any more. */
export function onLeave(task: () => void): void {
  leavers.add(task);
}

/** A suspended account is not signed in any more, and is told why. */
function putOut(error: unknown): boolean {
  if (!isProblem(error, "account_suspended") || !user()) return false;
  setFarewell(error);
  signedOut();
  return true;
}

export function signedIn(profile: User): void {
  setFarewell(null);
  queries.clear();
  localStorage.setItem(HERE, "1");
  setUser(profile);
}

export function updateUser(profile: User): void {
  setUser(profile);
}

export function signedOut(): void {
  localStorage.removeItem(HERE);
  for (const leave of leavers) leave();
  answerStepUp(false);
  queries.clear();
  setUser(null);
}

/**
 * Reads all that is shown. Fails where any of it could not be read and another attempt may help; what the server refuses is
 * said where it is shown.
 */
export async function readAll(): Promise<void> {
  await queries.invalidateQueries();
  for (const query of queries.getQueryCache().findAll({ type: "active" })) {
    if (isTransient(query.state.error)) throw query.state.error;
  }
}

/** Finds out who is signed in. */
export async function whoIsHere(): Promise<void> {
  if (localStorage.getItem(HERE) === null) {
    setUser(null);
    return;
  }
  try {
    setUser(await unwrap(api.GET("/api/v1/me")));
  } catch (error) {
    if (putOut(error)) return;
    if (isProblem(error, "unauthenticated", "token_expired", "account_suspended")) signedOut();
    else throw error;
  }
}

/** Names one attempt to write, over all its retries. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** All pages of a list. */
export async function all<T>(
  page: (cursor: string | undefined) => Promise<{ data: T[]; next_cursor?: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await page(cursor);
    rows.push(...data);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
