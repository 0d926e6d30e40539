/** What the API answers instead of what was asked for. */
import type { components } from "./schema.js";

type Body = components["schemas"]["Problem"];
type FieldError = components["schemas"]["FieldError"];

/** A refusal: `application/problem+json` of the API, or an answer of something in between. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** HTTP status. */
  readonly status: number;
  /** Stable code, for programs; `unreadable` where no problem of the API came. */
  readonly code: string;
  /** What went wrong, in few words. */
  readonly title: string;
  /** The same with particulars; empty where there are none. */
  readonly detail: string;
  /** Names the request in the logs of the installation. */
  readonly requestId: string | null;
  /** Every bad field, by its JSON pointer. */
  readonly errors: readonly FieldError[];
  /** Milliseconds after which to ask again, where the answer says so. */
  readonly retryAfterMs: number | null;
  /** The whole body. */
  readonly body: Partial<Body>;

  constructor(status: number, headers: Headers, body: Partial<Body>) {
    const title = body.title ?? `The server answered ${status}`;
    super(body.detail ? `${title}: ${body.detail}` : title);
    this.status = status;
    this.code = body.code ?? "unreadable";
    this.title = title;
    this.detail = body.detail ?? "";
    this.requestId = body.request_id ?? headers.get("x-request-id");
    this.errors = body.errors ?? [];
    const wait = headers.get("retry-after");
    this.retryAfterMs = wait !== null && /^\d+$/.test(wait) ? Number.parseInt(wait, 10) * 1000 : null;
    this.body = body;
  }

  /** What is wrong with the field at a JSON pointer, if anything. */
  at(pointer: string): FieldError | undefined {
    return this.errors.find((error) => error.pointer === pointer);
  }
}

/** No answer came: the network, a proxy or the API is away. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Whether an error is a problem, with one of these codes where any are named. */
export function isProblem(error: unknown, ...codes: string[]): error is Problem {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
}

/** The problem that an answer is. Its body is read. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  return new Problem(response.status, response.headers, isObject ? (body as Partial<Body>) : {});
}
