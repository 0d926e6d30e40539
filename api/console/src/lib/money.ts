/**
 * Decimals as they are written. Nothing here computes: digits are grouped, and cut for the eye, so that no
 * digit is lost on its way from the server.
 */

/** Of the texts: what is shown in another way than what is typed would be read wrongly. */
const LOCALE = "en";

/** Every digit, grouped. `least` decimals are shown even where they are 0: those of the tick, so that columns stand. */
export function exact(amount: string, least = 0): string {
  const format = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: Math.min(least, 20),
    maximumFractionDigits: 20,
  });
  return format.format(amount as Intl.StringNumericLiteral);
}

/** For the eye: two decimals, or the first digits of what is smaller. The exact value belongs in the title. */
export function short(amount: string): string {
  // Behind as many zeros as there are, three digits.
  const zeros = /^-?0*\.(0*)/.exec(amount)?.[1]?.length;
  const most = zeros === undefined || isZero(amount) ? 2 : Math.max(2, zeros + 3);
  return rounded(amount, 2, most);
}

/** A price at its tick, where the server tells more digits than a price has. */
export function atTick(amount: string, decimals: number): string {
  return rounded(amount, decimals, decimals);
}

function rounded(amount: string, least: number, most: number): string {
  const format = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: Math.min(least, 20),
    maximumFractionDigits: Math.min(most, 20),
  });
  return format.format(amount as Intl.StringNumericLiteral);
}

export type Sign = "gain" | "loss" | "even";

export function signOf(amount: string): Sign {
  if (isZero(amount)) return "even";
  return amount.startsWith("-") ? "loss" : "gain";
}

export function isZero(amount: string): boolean {
  return /^-?0*(\.0*)?$/.test(amount);
}

/** Decimals of a tick or lot: `0.01` has two. */
export function decimals(step: string): number {
  const part = step.split(".")[1];
  return part === undefined ? 0 : part.replace(/0+$/, "").length;
}

/** Base and quote of `SOL-USDT`. */
export function assets(symbol: string): { base: string; quote: string } {
  const [base = "", quote = ""] = symbol.split("-");
  return { base, quote };
}

/** A share of one, in percent. */
export function share(amount: string): string {
  const format = new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 2 });
  return format.format(amount as Intl.StringNumericLiteral);
}
