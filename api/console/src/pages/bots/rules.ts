/** Rules of strategies: their conditions in words, and the numbers of their sides as fields. */
import { t } from "../../texts";
import type { FieldSpec } from "./fields";

type Side = { [key: string]: unknown };
interface Condition {
  left: Side;
  operator: keyof typeof t.rules.operators;
  right: Side;
}
interface Group {
  match?: "all" | "any";
  conditions?: Condition[];
}
interface Rule extends Group {
  groups?: Group[];
}
type Config = { [key: string]: unknown };

const RULES = ["entry", "exit"] as const;
const COUNTS = ["period", "fast", "slow", "signal", "offset", "smooth_k", "smooth_d"];
const SUMS = ["value", "deviations", "multiplier"];

interface Placed {
  condition: Condition;
  /** JSON pointer of the condition. */
  path: string;
}

function conditionsOf(group: Group, path: string): Placed[] {
  return (group.conditions ?? []).map((condition, index) => ({ condition, path: `${path}/conditions/${index}` }));
}

function placed(rule: Rule, path: string): Placed[] {
  const groups = (rule.groups ?? []).flatMap((group, index) => conditionsOf(group, `${path}/groups/${index}`));
  return [...conditionsOf(rule, path), ...groups];
}

/** The numbers of a strategy's rules that can be changed: those that its configuration names. */
export function ruleFields(config: object): FieldSpec[] {
  const fields: FieldSpec[] = [];
  for (const name of RULES) {
    const rule = (config as Config)[name] as Rule | null | undefined;
    if (!rule) continue;
    placed(rule, `/${name}`).forEach(({ condition, path }, index) => {
      for (const side of ["left", "right"] as const) {
        for (const [key, value] of Object.entries(condition[side])) {
          if (value === null || !(COUNTS.includes(key) || SUMS.includes(key))) continue;
          const what = key === "value" ? t.rules.number : t.rules.parameter(`${condition[side].indicator}`, key);
          fields.push({
            path: `${path}/${side}/${key}`,
            type: COUNTS.includes(key) ? "count" : "money",
            label: t.rules.field(t.rules[name], index + 1, what),
          });
        }
      }
    });
  }
  return fields;
}

function side(one: Side): string {
  if (one.value !== undefined && one.value !== null) return `${one.value}`;
  if (one.price) return `${one.price}`;
  const numbers = [...COUNTS, ...SUMS].map((key) => one[key]).filter((value) => value !== null && value !== undefined);
  const name = `${one.indicator}${numbers.length > 0 ? `(${numbers.join(", ")})` : ""}`;
  return [name, one.line !== one.indicator && one.line, one.interval && t.rules.of(`${one.interval}`)]
    .filter(Boolean)
    .join(" ");
}

const words = (group: Group) =>
  (group.conditions ?? []).map(({ left, operator, right }) =>
    [side(left), t.rules.operators[operator] ?? operator, side(right)].join(" "),
  );

export interface Sentences {
  lead: string;
  conditions: string[];
}

/** When a strategy opens a deal, and when it closes one. */
export function sentences(config: object): Sentences[] {
  return RULES.flatMap((name) => {
    const rule = (config as Config)[name] as Rule | null | undefined;
    if (!rule) return [];
    const groups = (rule.groups ?? []).map((group) => t.rules.group(group.match ?? "all", words(group)));
    const conditions = [...words(rule), ...groups];
    return [{ lead: t.rules.lead(name, rule.match ?? "all", conditions.length), conditions }];
  });
}
