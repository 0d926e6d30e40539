import type { Schemas } from "@blockbotx/client";
import { createEffect, createMemo, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import { type Candle, type Colours, draw, type Handle } from "../../chart/chart";
import type { Line } from "../../chart/lines";
import { isOld } from "../../lib/age";
import { all, api, queries, unwrap } from "../../lib/api";
import { type Bot, type Connection, channelOf } from "../../lib/data";
import { focused } from "../../lib/focus";
import { isFresh, live } from "../../lib/live";
import { newest } from "../../lib/newest";
import { now } from "../../lib/now";
import { useQuery } from "../../lib/query";
import { theme } from "../../lib/theme";
import { t } from "../../texts";
import { purposeOf } from "./history";

type Fill = Schemas["Fill"];

/** Candles shown at most: what the API answers at once. */
const CANDLES = 1000;
/** Fills whose places are marked. */
const MARKS = 500;
/** At an exchange nothing publishes candles: they are asked for. */
const ASK_EVERY_MS = 30_000;

/** Candles with what rests in the book, the prices that end the bot, and a mark at each fill. */
export default function Chart(props: { bot: Bot; connection: Connection; decimals: number | undefined }) {
  let element: HTMLDivElement | undefined;
  let handle: Handle | undefined;
  const isPaper = () => props.connection.venue === "paper";
  const every = () => !isPaper() && ASK_EVERY_MS;
  const candles = useQuery(() => ({
    queryKey: ["candles", props.connection.id, props.bot.symbol],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/markets/{id}/candles", {
          params: {
            path: { id: props.connection.id },
            query: { limit: CANDLES, ...(!isPaper() && { symbol: props.bot.symbol, interval: "5m" as const }) },
          },
        }),
      ),
    staleTime: isPaper() ? 120_000 : ASK_EVERY_MS,
    refetchInterval: every(),
  }));
  const open = useQuery(() => ({
    queryKey: ["bot", props.bot.id, "orders", "open"],
    queryFn: () =>
      all((cursor) =>
        unwrap(
          api.GET("/api/v1/orders", {
            params: { query: { bot_id: props.bot.id, status: "open" as never, limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
  }));
  const fills = useQuery(() => ({
    queryKey: ["bot", props.bot.id, "fills", "marks"],
    queryFn: ({ queryKey }) =>
      newest(
        queries.getQueryData<Fill[]>(queryKey) ?? [],
        (cursor) =>
          unwrap(
            api.GET("/api/v1/bots/{id}/fills", {
              params: { path: { id: props.bot.id }, query: { limit: 100, ...(cursor && { cursor }) } },
            }),
          ),
        MARKS,
      ),
  }));

  const lines = createMemo((): Line[] => {
    const colours = read();
    const resting = (open.data ?? []).flatMap((order): Line[] =>
      order.price
        ? [
            {
              price: order.price,
              colour: order.side === "buy" ? colours.buy : colours.sell,
              label: purposeOf(order.purpose, order.level),
              isDashed: false,
            },
          ]
        : [],
    );
    const ends = exitsOf(props.bot).map(
      ([price, label]): Line => ({ price, label, colour: colours.down, isDashed: true }),
    );
    return [...resting, ...ends];
  });

  const [isTold, setTold] = createSignal(false);
  const missing = () => !candles.isPending && (candles.data?.data.length ?? 0) === 0 && !isTold();

  onMount(() => {
    if (!element) return;
    const chart = draw(element, read());
    handle = chart;
    // The market may be known later than the candles.
    createEffect(() => chart.decimals(props.decimals ?? 2));
    createEffect(() => chart.candles(candles.data?.data ?? []));
    createEffect(() => chart.lines(lines()));
    createEffect(() =>
      chart.marks(
        (fills.data ?? []).flatMap(({ filled_at, side, price }) => (filled_at ? [{ at: filled_at, side, price }] : [])),
      ),
    );
    createEffect(() => {
      theme();
      chart.colours(read());
    });
    createEffect(() => {
      const wanted = focused();
      if (wanted) chart.show(wanted.at);
    });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => chart.colours(read());
    scheme.addEventListener("change", repaint);
    onCleanup(() => {
      scheme.removeEventListener("change", repaint);
      chart.remove();
    });
  });

  createEffect(() => {
    const channel = channelOf(props.connection, "candles");
    setTold(false);
    if (!channel || candles.isPending) return;
    const stop = live.listen(channel, (data) => {
      setTold(true);
      handle?.candle(data as Candle);
    });
    onCleanup(stop);
  });

  return (
    <figure class="chart-box">
      <div
        ref={element}
        class="chart"
        classList={{ stale: !isFresh() || isOld(candles, every(), now()) || isOld(open, false, now()) }}
        role="img"
        aria-label={t.chart.label(props.bot.symbol)}
      />
      <Show when={missing()}>
        <p class="chart-empty">{t.chart.none}</p>
      </Show>
      <figcaption>
        <For each={["buy", "sell"] as const}>
          {(side) => (
            <span>
              <i class={`key ${side}`} aria-hidden="true" /> {t.chart[side]}
            </span>
          )}
        </For>
        <Show when={exitsOf(props.bot).length > 0}>
          <span>
            <i class="key end" aria-hidden="true" /> {t.chart.end}
          </span>
        </Show>
        <span class="faint">
          {t.chart.lines((open.data ?? []).length)}
          <Show when={fills.data?.length}>{(count) => `, ${t.chart.marks(count(), count() === MARKS)}`}</Show>
        </span>
      </figcaption>
    </figure>
  );
}

/** Prices of the configuration at which the bot ends. Those that the engine computes are not drawn: the page computes none. */
function exitsOf(bot: Bot): [price: string, label: string][] {
  const { config } = bot;
  if (config.type !== "grid") return [];
  const found: [string, string][] = [];
  if (config.stop_loss_price) found.push([config.stop_loss_price, t.chart.stopLoss]);
  if (config.take_profit_price) found.push([config.take_profit_price, t.chart.takeProfit]);
  return found;
}

/** The colours of the page's theme. */
function read(): Colours {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour("faint"),
    line: colour("line"),
    up: colour("gain"),
    down: colour("loss"),
    buy: colour("buy"),
    sell: colour("sell"),
  };
}
