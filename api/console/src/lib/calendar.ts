/** Days of UTC as weeks of a calendar. Nothing of money is computed here. */

export interface Day {
  /** `2024-01-31`. */
  date: string;
  /** Of the month. */
  number: string;
}

const DAY_MS = 86_400_000;
/** Weeks shown at most. */
const WEEKS = 53;

const isoOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** The weeks, from Monday, that hold all days given; newest last. */
export function weeksOf(days: readonly string[]): Day[][] {
  const sorted = [...days].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const end = Date.parse(`${last}T00:00:00Z`);
  const from = Math.max(Date.parse(`${first}T00:00:00Z`), end - (WEEKS - 1) * 7 * DAY_MS);
  // Monday is 0.
  const weekday = (new Date(from).getUTCDay() + 6) % 7;
  const weeks: Day[][] = [];
  for (let at = from - weekday * DAY_MS; at <= end; at += 7 * DAY_MS) {
    weeks.push(
      Array.from({ length: 7 }, (_, index) => {
        const date = isoOf(at + index * DAY_MS);
        return { date, number: date.slice(8) };
      }),
    );
  }
  return weeks;
}
