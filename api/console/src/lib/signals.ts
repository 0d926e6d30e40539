/** Whether a bot of this configuration is told from outside when to open its deals. */
export function takesSignals(config: { type: string; start_condition?: string }): boolean {
  return config.type === "signal" || (config.type === "dca" && config.start_condition === "signal");
}

export interface Written {
  at: string;
  action: string;
  amount?: { unit: string; value: string };
}

/** Signals for a backtest, one a line: when, what, and how much of what unit. The server says what is wrong with them. */
export function readSignals(text: string): Written[] {
  const lines = text.split("\n").map((line) => line.trim().split(/[\s,;]+/));
  return lines.flatMap(([at = "", action = "", value, unit = "quote"]) =>
    at === "" ? [] : [{ at, action, ...(value !== undefined && { amount: { unit, value } }) }],
  );
}

export type Message = "enter" | "exit" | "strategy";

const PLACE_OF_SECRET = "bbs_…";

const PLAIN = { ticker: "{{ticker}}", price: "{{close}}", time: "{{timenow}}" };

/** The messages of TradingView's alerts, as the API reads them. What is in double braces, TradingView fills in. */
const MESSAGES: Record<Message, Record<string, string>> = {
  enter: { action: "enter_long", ...PLAIN },
  exit: { action: "exit_long", ...PLAIN },
  strategy: {
    action: "{{strategy.order.action}}",
    // A strategy may send more than one order at a bar's close.
    signal_id: "{{strategy.order.id}}-{{strategy.order.action}}-{{timenow}}",
    ticker: "{{ticker}}",
    price: "{{strategy.order.price}}",
    time: "{{timenow}}",
  },
};

/** The message of a kind of alert; dots stand for a secret that is not known. */
export function message(kind: Message, secret: string | null): string {
  return JSON.stringify({ secret: secret ?? PLACE_OF_SECRET, ...MESSAGES[kind] }, null, 2);
}
