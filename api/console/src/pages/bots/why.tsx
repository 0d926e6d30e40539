import { For, Show } from "solid-js";
import { api, unwrap } from "../../lib/api";
import { type Bot, isMoving } from "../../lib/data";
import { focusChart } from "../../lib/focus";
import { useInfiniteQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { Exact } from "../../ui/money";
import { Loading } from "../../ui/parts";

/** A reason not to act is no event: while the bot runs they are asked for. */
const EVERY_MS = 5_000;

/** How a decision is marked: what was done, what was not done, what was begun or ended. */
const TONES: Record<string, string> = {
  bought: "buy",
  sold: "sell",
  deal_start: "begin",
  order_rejected: "bad",
  stop_loss_triggered: "bad",
  stop_loss_touched: "warn",
  waiting_for_funds: "warn",
  stale_price: "warn",
  insufficient_unowned_base: "bad",
  feed_ended: "begin",
  exit_price_reached: "begin",
  exit_signal: "begin",
  max_hold_reached: "begin",
  entry_timed_out: "warn",
  candles_too_long: "bad",
  signal_too_late: "warn",
  signal_ignored: "warn",
  signal_overtaken: "warn",
  nothing_to_close: "warn",
  amount_not_supported: "warn",
  insufficient_funds: "warn",
};

/** Why it did or did not trade: sentences, the newest first. */
export function Why(props: { bot: Bot; decimals: number | undefined }) {
  const decisions = useInfiniteQuery(() => ({
    queryKey: ["bot", props.bot.id, "why"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/bots/{id}/decisions", {
          params: { path: { id: props.bot.id }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 60_000,
    refetchInterval: isMoving(props.bot.status) && EVERY_MS,
  }));
  const rows = () => decisions.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Show when={!decisions.isPending} fallback={<Loading />}>
      <ErrorBox error={decisions.error} retry={() => decisions.refetch()} />
      <Show when={rows().length > 0} fallback={<p class="nothing">{t.why.none}</p>}>
        <ol class="why">
          <For each={rows()}>
            {(row) => (
              <li class={`why-row ${TONES[row.code] ?? "wait"}`}>
                <time datetime={row.at ?? undefined}>{row.at ? moment(row.at) : "–"}</time>
                <span class="why-mark" aria-hidden="true" />
                <span class="why-text">
                  {row.sentence}
                  <Show when={row.until}>{(until) => <small> {t.why.until(moment(until()))}</small>}</Show>
                </span>
                <span class="why-deal">
                  <Show when={row.deal !== null && row.deal !== undefined && props.bot.type !== "grid"}>
                    {t.why.deal(row.deal ?? 0)}
                  </Show>
                </span>
                <Show when={row.price} fallback={<span />}>
                  {(price) => (
                    <button
                      type="button"
                      class="link number"
                      title={t.why.show}
                      onClick={() => row.at && focusChart(row.at)}
                    >
                      <Exact amount={price()} decimals={props.decimals} />
                    </button>
                  )}
                </Show>
              </li>
            )}
          </For>
        </ol>
        <Show when={decisions.hasNextPage}>
          <button
            type="button"
            class="button more"
            disabled={decisions.isFetchingNextPage}
            onClick={() => decisions.fetchNextPage()}
          >
            {decisions.isFetchingNextPage ? t.loading : t.more}
          </button>
        </Show>
      </Show>
    </Show>
  );
}
