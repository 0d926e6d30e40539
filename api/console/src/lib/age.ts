/** Whether the answer to a query is up to date. */

export interface Read {
  error: unknown;
  isPending: boolean;
  /** When the newest answer came, in milliseconds since 1970. */
  dataUpdatedAt: number;
}

/** Answers that may be missed before what there is counts as old. */
const MISSED = 3;

/** Whether the last attempt failed, or so many answers of a query that is asked again every `everyMs` did not come. */
export function isOld(read: Read, everyMs: number | false, now: number): boolean {
  if (read.error) return true;
  return everyMs !== false && !read.isPending && now - read.dataUpdatedAt > MISSED * everyMs;
}
