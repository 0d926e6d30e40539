import { createSignal, Show } from "solid-js";
import { api, unwrap } from "../../lib/api";
import { type Bot, type Connection, isReal } from "../../lib/data";
import { isFresh } from "../../lib/live";
import { assets } from "../../lib/money";
import { useInfiniteQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction } from "../../ui/form";
import { Exact, Gain, Sum } from "../../ui/money";
import { Paged } from "../../ui/table";
import { AddFunds } from "./funds";

interface Page<T> {
  data: T[];
  next_cursor?: string | null;
}

/** A list of a bot, page by page. */
function useList<T>(bot: () => Bot, name: string, page: (id: string, cursor: string | undefined) => Promise<Page<T>>) {
  return useInfiniteQuery(() => ({
    queryKey: ["bot", bot().id, name],
    queryFn: ({ pageParam }) => page(bot().id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next_cursor ?? undefined,
    // Orders and fills of the chart begin alike: they are read again at events only.
    staleTime: 60_000,
  }));
}

const query = (cursor: string | undefined) => ({ limit: 50, ...(cursor && { cursor }) });

export function Deals(props: { bot: Bot; connection: Connection | undefined }) {
  const deals = useList(
    () => props.bot,
    "deals",
    (id, cursor) => unwrap(api.GET("/api/v1/bots/{id}/deals", { params: { path: { id }, query: query(cursor) } })),
  );
  const unit = () => assets(props.bot.symbol).quote;
  const [funded, setFunded] = createSignal<number | null>(null);
  const [closing, setClosing] = createSignal<{ number: number; way: "close" | "cancel" } | null>(null);
  return (
    <>
      <Paged
        label={t.tabs.deals}
        query={deals}
        empty={t.deals.none}
        columns={[
          { label: t.deals.number, cell: (deal) => `#${deal.number}` },
          { label: t.deals.opened, cell: (deal) => (deal.opened_at ? moment(deal.opened_at) : "–") },
          { label: t.deals.closed, cell: (deal) => (deal.closed_at ? moment(deal.closed_at) : t.deals.open) },
          {
            label: t.deals.why,
            cell: (deal) =>
              t.closeReasons[deal.close_reason as keyof typeof t.closeReasons] ?? deal.close_reason ?? "–",
          },
          { label: t.deals.invested, isNumber: true, cell: (deal) => <Sum amount={deal.invested} unit={unit()} /> },
          { label: t.figures.realised, isNumber: true, cell: (deal) => <Gain amount={deal.realised} unit={unit()} /> },
          {
            label: t.actions.title,
            cell: (deal) => (
              <Show when={!deal.closed_at && ["dca", "strategy", "signal"].includes(props.bot.type)} fallback="–">
                <span class="row-actions">
                  <Show when={props.bot.type === "dca"}>
                    <button type="button" class="button small" onClick={() => setFunded(deal.number)}>
                      {t.deals.fund}
                    </button>
                  </Show>
                  <button
                    type="button"
                    class="button small"
                    onClick={() => setClosing({ number: deal.number, way: "close" })}
                  >
                    {t.deals.close}
                  </button>
                  <button
                    type="button"
                    class="button small"
                    onClick={() => setClosing({ number: deal.number, way: "cancel" })}
                  >
                    {t.deals.cancel}
                  </button>
                </span>
              </Show>
            ),
          },
        ]}
      />
      <Show when={funded() !== null}>
        <AddFunds
          bot={props.bot}
          number={funded() ?? 0}
          isReal={isReal(props.connection)}
          onClose={() => setFunded(null)}
        />
      </Show>
      <Show when={closing()}>
        {(deal) => <EndDeal bot={props.bot} number={deal().number} way={deal().way} onClose={() => setClosing(null)} />}
      </Show>
    </>
  );
}

function EndDeal(props: { bot: Bot; number: number; way: "close" | "cancel"; onClose: () => void }) {
  const end = createAction(async () => {
    const path = { id: props.bot.id, number: props.number };
    await unwrap(
      props.way === "close"
        ? api.POST("/api/v1/bots/{id}/deals/{number}/close", { params: { path } })
        : api.POST("/api/v1/bots/{id}/deals/{number}/cancel", { params: { path } }),
    );
    props.onClose();
  });
  const words = () => t.deals[props.way === "close" ? "closing" : "cancelling"];
  return (
    <Dialog title={words().title(props.number)} isOpen onClose={props.onClose}>
      <p>{words().text}</p>
      <Show when={!isFresh()}>
        <p class="notice">{t.pill.oldFigures}</p>
      </Show>
      <ErrorBox error={end.error()} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onClose()}>
          {t.cancel}
        </button>
        <button type="button" class="button danger" disabled={end.isBusy()} onClick={() => void end.act()}>
          {words().button}
        </button>
      </div>
    </Dialog>
  );
}

/** What an order is for, and which of its kind: lines of a grid count from 0. */
export function purposeOf(purpose: string, level: number): string {
  const words = t.purposes[purpose as keyof typeof t.purposes] ?? purpose;
  const counts = ["safety", "interval", "grid_buy", "grid_sell"].includes(purpose);
  return counts ? `${words} ${level}` : words;
}

export function Side(props: { side: string }) {
  return <span class={`side ${props.side}`}>{t.sides[props.side as keyof typeof t.sides] ?? props.side}</span>;
}

export function Orders(props: { bot: Bot; decimals: number | undefined; lot: number | undefined }) {
  const orders = useList(
    () => props.bot,
    "orders",
    (id, cursor) => unwrap(api.GET("/api/v1/bots/{id}/orders", { params: { path: { id }, query: query(cursor) } })),
  );
  const unit = () => assets(props.bot.symbol);
  return (
    <Paged
      label={t.tabs.orders}
      query={orders}
      empty={t.orders.none}
      columns={[
        { label: t.orders.number, cell: (order) => `#${order.number}` },
        { label: t.orders.placed, cell: (order) => (order.placed_at ? moment(order.placed_at) : "–") },
        { label: t.orders.side, cell: (order) => <Side side={order.side} /> },
        {
          label: t.orders.purpose,
          cell: (order) => purposeOf(order.purpose, order.level),
        },
        {
          label: t.orders.price,
          isNumber: true,
          cell: (order) => (order.price ? <Exact amount={order.price} decimals={props.decimals} /> : t.orders.market),
        },
        {
          label: t.orders.quantity,
          isNumber: true,
          cell: (order) =>
            order.quantity ? (
              <Exact amount={order.quantity} decimals={props.lot} unit={unit().base} />
            ) : (
              <Exact amount={order.quote_quantity} unit={unit().quote} />
            ),
        },
        {
          label: t.orders.filled,
          isNumber: true,
          cell: (order) => <Exact amount={order.filled_quantity} decimals={props.lot} unit={unit().base} />,
        },
        {
          label: t.bots.status,
          cell: (order) => (
            <span class={`order-status ${order.status}`} title={order.reject_code ?? undefined}>
              {t.orderStatus[order.status as keyof typeof t.orderStatus] ?? order.status}
            </span>
          ),
        },
      ]}
    />
  );
}

export function Fills(props: { bot: Bot; decimals: number | undefined; lot: number | undefined }) {
  const fills = useList(
    () => props.bot,
    "fills",
    (id, cursor) => unwrap(api.GET("/api/v1/bots/{id}/fills", { params: { path: { id }, query: query(cursor) } })),
  );
  const unit = () => assets(props.bot.symbol);
  return (
    <Paged
      label={t.tabs.fills}
      query={fills}
      empty={t.fills.none}
      columns={[
        { label: t.fills.at, cell: (fill) => (fill.filled_at ? moment(fill.filled_at) : "–") },
        { label: t.orders.side, cell: (fill) => <Side side={fill.side} /> },
        {
          label: t.orders.price,
          isNumber: true,
          cell: (fill) => <Exact amount={fill.price} decimals={props.decimals} />,
        },
        {
          label: t.orders.quantity,
          isNumber: true,
          cell: (fill) => <Exact amount={fill.quantity} decimals={props.lot} unit={unit().base} />,
        },
        { label: t.fills.quote, isNumber: true, cell: (fill) => <Exact amount={fill.quote} unit={unit().quote} /> },
        { label: t.figures.fee, isNumber: true, cell: (fill) => <Exact amount={fill.fee} unit={fill.fee_asset} /> },
        {
          label: t.fills.liquidity,
          cell: (fill) => t.liquidity[fill.liquidity as keyof typeof t.liquidity] ?? fill.liquidity,
        },
      ]}
    />
  );
}
