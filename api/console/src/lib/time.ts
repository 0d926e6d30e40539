/** Times in the reader's zone, in the language of the texts. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions, at: string | number): string {
  let found = formats.get(name);
  if (!found) {
    found = new Intl.DateTimeFormat("en", { hourCycle: "h23", ...options });
    formats.set(name, found);
  }
  return found.format(new Date(at));
}

/** Day and time to the second. */
export const moment = (at: string | number) =>
  format(
    "moment",
    { year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    at,
  );

export const day = (at: string | number) => format("day", { year: "numeric", month: "short", day: "2-digit" }, at);

export const clock = (at: string | number) => format("clock", { hour: "2-digit", minute: "2-digit" }, at);
