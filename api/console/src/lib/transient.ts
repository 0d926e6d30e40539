/** What may be otherwise at the next attempt: no answer, a server that failed, and too many requests. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "Unreachable") return true;
  const { status } = error as { status?: unknown };
  return typeof status === "number" && (status === 429 || status >= 500);
}
