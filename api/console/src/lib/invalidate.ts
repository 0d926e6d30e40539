/** Which of what is shown an event makes old. */
import type { Event } from "@blockbotx/client";
import { queries } from "./api";

/** Events come in bursts: what they make old is read again once a burst. */
const EVERY_MS = 1_200;

const due = new Map<string, readonly string[]>();
let timer: ReturnType<typeof setTimeout> | null = null;

export function tellQueries(event: Event): void {
  for (const key of keysOf(event)) due.set(key.join(" "), key);
  if (timer === null) timer = setTimeout(flush, EVERY_MS);
}

function flush(): void {
  for (const [name, key] of due) {
    const queryKey = [...key];
    // What is being read may be of before the event: it is read once more when it is there.
    if (queries.isFetching({ queryKey }) > 0) continue;
    due.delete(name);
    void queries.invalidateQueries({ queryKey });
  }
  timer = due.size > 0 ? setTimeout(flush, EVERY_MS) : null;
}

/** Keys of queries, each with all that begins like it. */
export function keysOf(event: Event): (readonly string[])[] {
  const [resource] = event.type.split(".");
  const data = event.data as { id?: string; bot_id?: string };
  const bot = data.bot_id ?? "";
  switch (resource) {
    case "bot":
      return [["bots"], ["bot", data.id ?? ""]];
    case "deal":
      return [
        ["bot", bot, "deals"],
        ["bot", bot, "figures"],
        ["bot", bot, "why"],
      ];
    case "order":
      return event.type === "order.filled"
        ? [
            ["bot", bot, "orders"],
            ["bot", bot, "fills"],
            ["bot", bot, "figures"],
            ["bot", bot, "why"],
          ]
        : [
            ["bot", bot, "orders"],
            ["bot", bot, "why"],
          ];
    case "backtest":
      return [["backtests"]];
    case "connection":
      return [["connections"]];
    case "balance":
      return [["portfolio"]];
    case "user":
    case "session":
    case "second_factor":
    case "api_token":
      return [["account"]];
    case "billing":
      return [["billing"]];
    default:
      return [];
  }
}
