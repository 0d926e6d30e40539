/** The fields of each kind of bot, by their place in its configuration. */
import { type Texts, textAt } from "../../lib/config";
import { t } from "../../texts";
import { ruleFields } from "./rules";

export type Kind = "grid" | "dca" | "dca_interval" | "strategy" | "signal";

export interface FieldSpec {
  /** JSON pointer within the configuration. */
  path: string;
  /** A sum or percentage stays text; a count becomes a whole number. */
  type: "money" | "count" | "select" | "check" | "text";
  options?: readonly string[];
  heads?: string;
  unit?: "quote" | "base" | "percent" | "seconds";
  /** Shown only while another field has one of these values. */
  when?: readonly [path: string, ...values: string[]];
  isAdvanced?: boolean;
  /** Where the texts of its kind have none for it. */
  label?: string;
}

const money = (path: string, unit: FieldSpec["unit"], more: Partial<FieldSpec> = {}): FieldSpec => ({
  path,
  type: "money",
  ...(unit && { unit }),
  ...more,
});
const count = (path: string, more: Partial<FieldSpec> = {}): FieldSpec => ({ path, type: "count", ...more });
const select = (path: string, options: readonly string[], more: Partial<FieldSpec> = {}): FieldSpec => ({
  path,
  type: "select",
  options,
  ...more,
});
const check = (path: string, more: Partial<FieldSpec> = {}): FieldSpec => ({ path, type: "check", ...more });
const advanced = { isAdvanced: true };

const DAILY = ["daily", "weekly", "monthly"] as const;

export const FIELDS: Record<Kind, readonly FieldSpec[]> = {
  grid: [
    money("/lower", "quote"),
    money("/upper", "quote"),
    count("/grid_count"),
    select("/spacing", ["arithmetic", "geometric"]),
    select("/quantity/mode", ["investment", "fixed_base", "fixed_quote"]),
    money("/quantity/quote", "quote", { when: ["/quantity/mode", "investment"] }),
    money("/quantity/quantity", "base", { when: ["/quantity/mode", "fixed_base"] }),
    money("/quantity/amount", "quote", { when: ["/quantity/mode", "fixed_quote"] }),
    money("/stop_loss_price", "quote"),
    money("/take_profit_price", "quote"),
    money("/trigger_price", "quote", advanced),
    select("/on_stop", ["", "keep", "sell"], advanced),
    select("/crossed_line", ["", "wait", "buy_at_market"], advanced),
    money("/base_supplied", "base", advanced),
    count("/max_active_orders", advanced),
    check("/post_only", advanced),
    check("/trailing_up", advanced),
    money("/trailing_up_limit", "quote", { ...advanced, when: ["/trailing_up", "true"] }),
    check("/trailing_down", advanced),
    money("/trailing_down_limit", "quote", { ...advanced, when: ["/trailing_down", "true"] }),
  ],
  dca: [
    money("/base_order/amount", undefined),
    select("/base_order/unit", ["quote", "base", "percent"]),
    money("/take_profit/percentage", "percent"),
    money("/take_profit/trailing_deviation", "percent", advanced),
    count("/safety_orders/max_count"),
    money("/safety_orders/volume", "quote"),
    money("/safety_orders/step_percentage", "percent"),
    money("/safety_orders/step_coefficient", undefined, advanced),
    money("/safety_orders/volume_coefficient", undefined, advanced),
    count("/safety_orders/active_count", advanced),
    money("/stop_loss/percentage", "percent", { heads: "/stop_loss" }),
    select("/stop_loss/action", ["", "stop_loss", "stop_loss_and_disable_bot"], advanced),
    check("/stop_loss/trailing", advanced),
    count("/stop_loss/timeout_s", { ...advanced, unit: "seconds" }),
    select("/start_condition", ["", "immediate", "signal"], advanced),
    select("/start_order_type", ["", "market", "limit"], advanced),
    count("/max_active_deals", advanced),
    count("/cooldown_s", { ...advanced, unit: "seconds" }),
    count("/disable_after_deals_count", advanced),
    money("/min_price", "quote", advanced),
    money("/max_price", "quote", advanced),
    money("/reinvesting_percentage", "percent", advanced),
    money("/risk_reduction_percentage", "percent", advanced),
  ],
  dca_interval: [
    money("/amount", "quote"),
    select("/frequency/every", ["hourly", "daily", "weekly", "monthly", "cron"]),
    select("/frequency/weekday", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], {
      when: ["/frequency/every", "weekly"],
    }),
    count("/frequency/day", { when: ["/frequency/every", "monthly"] }),
    count("/frequency/hour", { when: ["/frequency/every", ...DAILY] }),
    count("/frequency/minute", { when: ["/frequency/every", "hourly", ...DAILY] }),
    { path: "/frequency/pattern", type: "text", when: ["/frequency/every", "cron"] },
    { path: "/timezone", type: "text" },
    money("/max_total", "quote"),
    money("/max_price", "quote", advanced),
    money("/min_price", "quote", advanced),
    select("/catch_up", ["", "none", "one", "all"], advanced),
  ],
  strategy: [
    select("/interval", ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"]),
    money("/size/amount", undefined),
    select("/size/unit", ["quote", "base", "equity", "risk"]),
    money("/take_profit/percentage", "percent", { heads: "/take_profit" }),
    money("/stop_loss/percentage", "percent", { heads: "/stop_loss" }),
    count("/max_hold_s", { ...advanced, unit: "seconds" }),
    money("/take_profit/trailing_deviation", "percent", advanced),
    check("/stop_loss/trailing", advanced),
    select("/order_type", ["", "market", "limit"], advanced),
    money("/limit_offset_percentage", "percent", { ...advanced, when: ["/order_type", "limit"] }),
    count("/unfilled_timeout_s", { ...advanced, unit: "seconds", when: ["/order_type", "limit"] }),
    count("/max_active_deals", advanced),
    count("/cooldown_candles", advanced),
    money("/min_confidence", undefined, advanced),
  ],
  signal: [
    money("/size/amount", undefined),
    select("/size/unit", ["quote", "base", "percent"]),
    money("/take_profit/percentage", "percent", { heads: "/take_profit" }),
    money("/stop_loss/percentage", "percent", { heads: "/stop_loss" }),
    money("/exit_percentage", "percent", advanced),
    select("/in_position", ["", "ignore", "add"], advanced),
    count("/max_active_deals", { ...advanced, when: ["/in_position", "add"] }),
    count("/max_lag_s", { ...advanced, unit: "seconds" }),
    money("/min_confidence", undefined, advanced),
    count("/max_hold_s", { ...advanced, unit: "seconds" }),
    count("/cooldown_s", { ...advanced, unit: "seconds" }),
    money("/take_profit/trailing_deviation", "percent", advanced),
    check("/stop_loss/trailing", advanced),
    select("/order_type", ["", "market", "limit"], advanced),
    money("/limit_offset_percentage", "percent", { ...advanced, when: ["/order_type", "limit"] }),
    count("/unfilled_timeout_s", { ...advanced, unit: "seconds", when: ["/order_type", "limit"] }),
  ],
};

/** The fields of a bot's kind, and of the rules in its configuration. */
export function fieldsFor(kind: Kind, config: object): readonly FieldSpec[] {
  return kind === "strategy" ? [...ruleFields(config), ...FIELDS.strategy] : FIELDS[kind];
}

/** What the fields of a configuration hold. */
export function textsOf(kind: Kind, config: object): Texts {
  return Object.fromEntries(fieldsFor(kind, config).map(({ path }) => [path, textAt(config, path)]));
}

/** What a new bot of a kind begins with: choices only, no sums. */
export const BEGINNINGS: Record<Kind, Record<string, string>> = {
  grid: { "/spacing": "arithmetic", "/quantity/mode": "investment", "/grid_count": "10" },
  dca: { "/base_order/unit": "quote" },
  dca_interval: {
    "/frequency/every": "daily",
    "/frequency/hour": "9",
    "/timezone": Intl.DateTimeFormat().resolvedOptions().timeZone,
  },
  // A strategy begins with one of the server's.
  strategy: {},
  signal: { "/size/unit": "quote" },
};

export const labelOf = (kind: Kind, path: string): { label: string; hint?: string } =>
  (t.fields[kind] as Record<string, { label: string; hint?: string }>)[path] ?? { label: path };
