import { A, useNavigate, useSearchParams } from "@solidjs/router";
import { createMemo, createSignal, onCleanup, onMount, Show } from "solid-js";
import { isOld } from "../../lib/age";
import { api, unwrap } from "../../lib/api";
import { type Bot, type Connection, connectionOf, isMoving, useBots, useConnections } from "../../lib/data";
import { assets } from "../../lib/money";
import { now } from "../../lib/now";
import { pace } from "../../lib/paced";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { Gain, Sum } from "../../ui/money";
import { Empty, Fresh, Loading, Money, Status, Windowed } from "../../ui/parts";
import { Title } from "../../ui/title";

const STATUSES = ["running", "waiting_funds", "paused", "stopped", "draft", "error"] as const;
/** The figures of one bot are one call: rows that come into view ask one after the other. */
const paced = pace(120);
/** How often the figures of a row are read while the price moves them. */
const ROW_EVERY_MS = 15_000;

export default function List() {
  const bots = useBots();
  const connections = useConnections();
  const [search, setSearch] = useSearchParams<{ q?: string; status?: string; sort?: string }>();
  const rows = createMemo(() => shown(bots.data ?? [], search));
  const count = (status: string) => bots.data?.filter((bot) => bot.status === status).length ?? 0;
  const height = useRowHeight();
  return (
    <>
      <div class="title-row">
        <Title text={t.bots.title} />
        <Show when={(bots.data?.length ?? 0) > 0}>
          <p class="summary">{t.bots.summary(bots.data?.length ?? 0, count("running"), count("error"))}</p>
          <A class="button primary" href="/bots/new">
            {t.bots.create}
          </A>
        </Show>
      </div>
      <ErrorBox error={bots.error} retry={() => bots.refetch()} />
      <Show when={!bots.isPending} fallback={<Loading />}>
        <Show
          when={(bots.data?.length ?? 0) > 0}
          fallback={<Empty text={t.bots.none} action={t.bots.first} href="/start" />}
        >
          <div class="tools">
            <input
              type="search"
              placeholder={t.bots.find}
              aria-label={t.bots.find}
              value={search.q ?? ""}
              onInput={(event) => setSearch({ q: event.currentTarget.value || undefined }, { replace: true })}
            />
            <select
              aria-label={t.bots.byStatus}
              onChange={(event) => setSearch({ status: event.currentTarget.value || undefined }, { replace: true })}
            >
              <option value="">{t.bots.anyStatus}</option>
              {STATUSES.map((status) => (
                <option value={status} selected={search.status === status}>
                  {t.status[status]}
                </option>
              ))}
            </select>
            <select
              aria-label={t.bots.sort}
              onChange={(event) => setSearch({ sort: event.currentTarget.value || undefined }, { replace: true })}
            >
              {(["", "name", "status"] as const).map((sort) => (
                <option value={sort} selected={(search.sort ?? "") === sort}>
                  {t.bots.sorts[sort || "newest"]}
                </option>
              ))}
            </select>
          </div>
          <Fresh class="grid-table">
            <div role="table" aria-label={t.bots.title} aria-rowcount={rows().length + 1}>
              <div role="rowgroup">
                <div role="row" class="bot-row head" aria-rowindex={1}>
                  <span role="columnheader">{t.bots.name}</span>
                  <span role="columnheader">{t.bots.market}</span>
                  <span role="columnheader">{t.bots.status}</span>
                  <span role="columnheader" class="number">
                    {t.figures.realised}
                  </span>
                  <span role="columnheader" class="number">
                    {t.figures.unrealised}
                  </span>
                  <span role="columnheader" class="number">
                    {t.figures.holds}
                  </span>
                  <span role="columnheader" class="number">
                    {t.figures.fees}
                  </span>
                </div>
              </div>
              <Windowed rows={rows()} height={height()}>
                {(bot, index) => (
                  <Row bot={bot} index={index} connection={connectionOf(connections.data, bot.connection_id)} />
                )}
              </Windowed>
            </div>
          </Fresh>
          <Show when={rows().length === 0}>
            <p class="nothing">{t.bots.noneFound}</p>
          </Show>
        </Show>
      </Show>
    </>
  );
}

/** Filtered and ordered as the address says. */
function shown(bots: Bot[], { q, status, sort }: { q?: string; status?: string; sort?: string }): Bot[] {
  const wanted = (q ?? "").trim().toLowerCase();
  const found = bots.filter(
    (bot) =>
      (!status || bot.status === status) &&
      (wanted === "" || `${bot.name} ${bot.symbol} ${bot.type}`.toLowerCase().includes(wanted)),
  );
  if (sort === "name") return found.sort((a, b) => a.name.localeCompare(b.name));
  if (sort === "status") return found.sort((a, b) => a.status.localeCompare(b.status));
  return found.reverse();
}

function useRowHeight() {
  const narrow = matchMedia("(max-width: 760px)");
  const [height, setHeight] = createSignal(narrow.matches ? 112 : 48);
  const change = () => setHeight(narrow.matches ? 112 : 48);
  onMount(() => narrow.addEventListener("change", change));
  onCleanup(() => narrow.removeEventListener("change", change));
  return height;
}

function Row(props: { bot: Bot; index: number; connection: Connection | undefined }) {
  const navigate = useNavigate();
  const every = () => isMoving(props.bot.status) && ROW_EVERY_MS;
  const figures = useQuery(() => ({
    queryKey: ["bot", props.bot.id, "figures"],
    queryFn: ({ signal }) =>
      paced(
        () => unwrap(api.GET("/api/v1/bots/{id}/performance", { params: { path: { id: props.bot.id } }, signal })),
        signal,
      ),
    enabled: props.bot.status !== "draft",
    refetchInterval: every(),
  }));
  const unit = () => assets(props.bot.symbol);
  const href = () => `/bots/${props.bot.id}`;
  const open = (event: MouseEvent) => {
    if (!(event.target as HTMLElement).closest("a, button")) navigate(href());
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row is for the keyboard; the row is a larger target.
    <div
      role="row"
      class="bot-row"
      classList={{ "old-figures": isOld(figures, every(), now()) }}
      aria-rowindex={props.index + 2}
      onClick={open}
    >
      <span role="cell" class="bot-name">
        <A href={href()}>{props.bot.name}</A>
        <small>{t.kinds[props.bot.type as keyof typeof t.kinds] ?? props.bot.type}</small>
      </span>
      <span role="cell" class="bot-market">
        {props.bot.symbol}
        <Money account={props.connection} />
      </span>
      <span role="cell" class="bot-status">
        <Status status={props.bot.status} reason={props.bot.status_reason} />
      </span>
      <span role="cell" class="number" data-label={t.figures.realised}>
        <Gain amount={figures.data?.realised} unit={unit().quote} />
      </span>
      <span role="cell" class="number" data-label={t.figures.unrealised}>
        <Gain amount={figures.data?.unrealised} unit={unit().quote} />
      </span>
      <span role="cell" class="number" data-label={t.figures.holds}>
        <Sum amount={figures.data?.position.quantity} unit={unit().base} />
      </span>
      <span role="cell" class="number" data-label={t.figures.fees}>
        <Sum amount={figures.data?.fees} unit={unit().quote} />
      </span>
    </div>
  );
}
