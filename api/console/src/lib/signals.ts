/** The messages of TradingView's alerts, as the API reads them. What is in double braces, TradingView fills in. */

export type Message = "enter" | "exit" | "strategy";

const PLACE_OF_SECRET = "bbs_…";

const PLAIN = { ticker: "{{ticker}}", price: "{{close}}", time: "{{timenow}}" };

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
