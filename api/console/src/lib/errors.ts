/** Errors of this page, for the operator. Nothing is loaded or sent where no DSN is configured. */

type Send = (error: unknown) => void;

let send: Send | null = null;
let isOpening = false;
/** What failed before it was known where to. */
const early: unknown[] = [];
const EARLY_MOST = 10;

/** What the server or the line answered is no error of the page. */
const OTHERS = ["Problem", "Unreachable", "AbortError", "TimeoutError"];

export function report(error: unknown): void {
  if (error instanceof Error && OTHERS.includes(error.name)) return;
  if (send) send(error);
  else if (early.length < EARLY_MOST) early.push(error);
}

/** Takes notice of everything that nobody has caught. */
export function watchErrors(): void {
  addEventListener("error", (event) => report(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => report(event.reason));
}

/** Reports to where the installation says. */
export async function reportTo(config: { sentry_dsn?: string | null; version: string }): Promise<void> {
  if (!config.sentry_dsn || send || isOpening) return;
  isOpening = true;
  try {
    const { open } = await import("./report");
    send = open(config.sentry_dsn, config.version);
    for (const error of early.splice(0)) send(error);
  } catch {
    // Without the part that reports, the page works as well.
    isOpening = false;
  }
}
