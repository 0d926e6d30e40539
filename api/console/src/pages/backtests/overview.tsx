import { A } from "@solidjs/router";
import { createSignal, Show } from "solid-js";
import { all, api, unwrap } from "../../lib/api";
import { isOpen } from "../../lib/backtests";
import { useQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { backtests as words } from "../../texts/backtests";
import { ErrorBox } from "../../ui/error";
import { Empty, Loading } from "../../ui/parts";
import { Table } from "../../ui/table";
import { Title } from "../../ui/title";

const ASK_EVERY_MS = 2_500;
const MOST = 10;

/** Every backtest and search, and which of them to compare. */
export default function Backtests() {
  const found = useQuery(() => ({
    queryKey: ["backtests", "list"],
    queryFn: () =>
      all((cursor) =>
        unwrap(api.GET("/api/v1/backtests", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
    refetchInterval: (query) => query.state.data?.some(({ status }) => isOpen(status)) === true && ASK_EVERY_MS,
  }));
  const [picked, setPicked] = createSignal<readonly string[]>([]);
  const pick = (id: string, isPicked: boolean) =>
    setPicked((before) => (isPicked ? [...before, id] : before.filter((one) => one !== id)));
  const can = (id: string) => picked().includes(id) || picked().length < MOST;
  const kind = (type: string) => t.kinds[type as keyof typeof t.kinds] ?? type;
  return (
    <>
      <div class="title-row">
        <Title text={words.title} />
        <Show when={(found.data?.length ?? 0) > 0}>
          <Show when={picked().length > 1} fallback={<p class="summary">{words.compareHint}</p>}>
            <A class="button" href={`/backtests/compare?ids=${picked().join(",")}`}>
              {words.compare}
            </A>
          </Show>
          <A class="button primary" href="/backtests/new">
            {words.create}
          </A>
        </Show>
      </div>
      <ErrorBox error={found.error} retry={() => found.refetch()} />
      <Show when={!found.isPending} fallback={<Loading />}>
        <Show
          when={(found.data?.length ?? 0) > 0}
          fallback={<Empty text={words.none} action={words.create} href="/backtests/new" />}
        >
          <Table
            label={words.title}
            empty=""
            rows={found.data ?? []}
            columns={[
              {
                label: words.compare,
                cell: (one) => (
                  <Show when={one.kind === "backtest" && one.status === "finished"} fallback="–">
                    <input
                      type="checkbox"
                      aria-label={words.pick(moment(one.created_at))}
                      checked={picked().includes(one.id)}
                      disabled={!can(one.id)}
                      onChange={(event) => pick(one.id, event.currentTarget.checked)}
                    />
                  </Show>
                ),
              },
              {
                label: words.asked,
                cell: (one) => <A href={`/backtests/${one.id}`}>{moment(one.created_at)}</A>,
              },
              { label: words.what, cell: (one) => `${words.kinds[one.kind]}: ${kind(one.bot_type)}` },
              { label: t.bots.market, cell: (one) => one.symbol },
              {
                label: words.state,
                cell: (one) => (one.status === "running" ? words.progress(one.percent) : words.status[one.status]),
              },
            ]}
          />
        </Show>
      </Show>
    </>
  );
}
