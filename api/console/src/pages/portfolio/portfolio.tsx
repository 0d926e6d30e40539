import type { Schemas } from "@blockbotx/client";
import { useSearchParams } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import { all, api, queries, unwrap } from "../../lib/api";
import { weeksOf } from "../../lib/calendar";
import { type Bot, type Connection, connectionOf, useBots, useConnections } from "../../lib/data";
import { assets, signOf } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { portfolio as words } from "../../texts/portfolio";
import { Curve } from "../../ui/curve";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction, Select } from "../../ui/form";
import { Exact, Gain } from "../../ui/money";
import { Fresh, Loading, Money } from "../../ui/parts";
import { Table } from "../../ui/table";
import { Title } from "../../ui/title";

/** What is held, how it has grown, and what was earned. */
export default function Portfolio() {
  const bots = useBots();
  const connections = useConnections();
  const [isStopping, setStopping] = createSignal(false);
  const [told, setTold] = createSignal<string | null>(null);
  return (
    <>
      <div class="title-row">
        <Title text={words.title} />
        <Show when={(bots.data?.length ?? 0) > 0}>
          <button type="button" class="button danger" onClick={() => setStopping(true)}>
            {words.stopAll}
          </button>
        </Show>
      </div>
      <Show when={told()}>
        <p class="notice good" role="status">
          {told()}
        </p>
      </Show>
      <ErrorBox error={bots.error ?? connections.error} />
      <Held connections={connections.data ?? []} />
      <Equity connections={connections.data ?? []} />
      <Earned bots={bots.data ?? []} />
      <section class="card">
        <h2>{words.exports}</h2>
        <p class="row-actions">
          <a class="button" href="/api/v1/portfolio/export?kind=fills" download="fills.csv">
            {words.fills}
          </a>
          <a class="button" href="/api/v1/portfolio/export?kind=tax" download="tax.csv">
            {words.tax}
          </a>
        </p>
      </section>
      <Show when={isStopping()}>
        <StopAll
          onClose={(stopped) => {
            setStopping(false);
            if (stopped !== null) setTold(words.stopped(stopped));
          }}
        />
      </Show>
    </>
  );
}

function Held(props: { connections: readonly Connection[] }) {
  const held = useQuery(() => ({
    queryKey: ["portfolio", "balances"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/portfolio/balances"))).data,
    refetchInterval: 15_000,
  }));
  const account = (id: string) => connectionOf([...props.connections], id);
  return (
    <section class="card">
      <h2>{words.held}</h2>
      <ErrorBox error={held.error} retry={() => held.refetch()} />
      <Show when={!held.isPending} fallback={<Loading />}>
        <Fresh isOld={held.error !== null}>
          <Table
            label={words.held}
            empty={words.noneHeld}
            rows={held.data ?? []}
            columns={[
              {
                label: t.create.connection,
                cell: (row) => (
                  <>
                    {account(row.connection_id)?.label ?? "–"} <Money account={account(row.connection_id)} />
                  </>
                ),
              },
              { label: words.asset, cell: (row) => row.asset },
              { label: words.free, isNumber: true, cell: (row) => <Exact amount={row.free} /> },
              { label: words.reserved, isNumber: true, cell: (row) => <Exact amount={row.reserved} /> },
            ]}
          />
        </Fresh>
      </Show>
    </section>
  );
}

function Equity(props: { connections: readonly Connection[] }) {
  const [search, setSearch] = useSearchParams<{ connection?: string }>();
  const chosen = () => connectionOf([...props.connections], search.connection) ?? props.connections[0];
  const rows = useQuery(() => ({
    queryKey: ["portfolio", "equity", chosen()?.id],
    queryFn: () =>
      all((cursor) =>
        unwrap(
          api.GET("/api/v1/portfolio/equity", {
            params: { query: { connection_id: chosen()?.id ?? "", limit: 100, ...(cursor && { cursor }) } },
          }),
        ),
      ),
    enabled: chosen() !== undefined,
  }));
  const at = (row: Schemas["EquityRow"] | undefined) => (row?.at ? moment(row.at) : "–");
  return (
    <Show when={chosen()}>
      <section class="card">
        <h2>{words.equity}</h2>
        <Select
          label={t.create.connection}
          value={chosen()?.id ?? ""}
          options={props.connections.map(({ id, label }) => [id, label] as const)}
          onPick={(id) => setSearch({ connection: id }, { replace: true })}
        />
        <p class="hint">{words.equityHint}</p>
        <ErrorBox error={rows.error} retry={() => rows.refetch()} />
        <Show when={rows.data} fallback={<Show when={!rows.error}>{<Loading />}</Show>}>
          {(found) => (
            <Show when={found().length > 1} fallback={<p class="nothing">{words.noEquity}</p>}>
              <Curve
                label={words.equity}
                amounts={found().map(({ amount }) => amount)}
                from={at(found()[0])}
                to={at(found().at(-1))}
                unit={found()[0]?.asset ?? ""}
              />
            </Show>
          )}
        </Show>
      </section>
    </Show>
  );
}

/** By bot and day, as the server adds it up: days of one bot are a calendar, those of all are a list. */
function Earned(props: { bots: readonly Bot[] }) {
  const [search, setSearch] = useSearchParams<{ bot?: string }>();
  const chosen = () => props.bots.find(({ id }) => id === search.bot);
  const rows = useQuery(() => ({
    queryKey: ["portfolio", "pnl", chosen()?.id],
    queryFn: async () => {
      const bot = chosen()?.id;
      return (await unwrap(api.GET("/api/v1/portfolio/pnl", { params: { query: bot ? { bot_id: bot } : {} } }))).data;
    },
  }));
  const nameOf = (id: string) => props.bots.find((bot) => bot.id === id)?.name ?? "–";
  return (
    <section class="card">
      <h2>{words.earned}</h2>
      <Select
        label={t.bots.title}
        value={chosen()?.id ?? ""}
        options={[["", words.allBots], ...props.bots.map(({ id, name }) => [id, name] as const)]}
        onPick={(id) => setSearch({ bot: id || undefined }, { replace: true })}
      />
      <p class="hint">{words.earnedHint}</p>
      <ErrorBox error={rows.error} retry={() => rows.refetch()} />
      <Show when={rows.data} fallback={<Show when={!rows.error}>{<Loading />}</Show>}>
        {(found) => (
          <>
            <Show when={chosen() && found().length > 0}>
              <Calendar rows={found()} />
            </Show>
            <Table
              label={words.earned}
              empty={words.noneEarned}
              rows={found()}
              columns={[
                { label: words.day, cell: (row) => row.day },
                { label: words.allBots, cell: (row) => nameOf(row.bot_id) },
                { label: t.bots.market, cell: (row) => row.symbol },
                {
                  label: t.figures.realised,
                  isNumber: true,
                  cell: (row) => <Gain amount={row.realised} unit={assets(row.symbol).quote} />,
                },
                { label: words.trades, isNumber: true, cell: (row) => words.won(row.wins, row.trades) },
              ]}
            />
          </>
        )}
      </Show>
    </section>
  );
}

function Calendar(props: { rows: readonly Schemas["PnlRow"][] }) {
  const of = (date: string) => props.rows.find(({ day }) => day === date);
  return (
    <div class="table-wrap" tabindex="0" role="region" aria-label={words.earned}>
      <table class="calendar">
        <thead>
          <tr>
            <For each={words.weekdays}>{(day) => <th scope="col">{day}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={weeksOf(props.rows.map(({ day }) => day))}>
            {(week) => (
              <tr>
                <For each={week}>
                  {(day) => (
                    <td class={of(day.date) ? signOf(of(day.date)?.realised ?? "0") : "none"} title={day.date}>
                      <small>{day.number}</small>
                      <Show when={of(day.date)}>{(row) => <Gain amount={row().realised} />}</Show>
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function StopAll(props: { onClose: (stopped: number | null) => void }) {
  const [mode, setMode] = createSignal<"finish" | "keep" | "sell">("keep");
  const stop = createAction(async () => {
    const { bots } = await unwrap(api.POST("/api/v1/portfolio/stop-all", { body: { mode: mode() } }));
    void queries.invalidateQueries({ queryKey: ["bots"] });
    props.onClose(bots.length);
  });
  return (
    <Dialog title={words.stopAllTitle} isOpen onClose={() => props.onClose(null)}>
      <p>{words.stopAllText}</p>
      <fieldset class="choices">
        <legend>{t.actions.stop.how}</legend>
        <For each={["finish", "keep", "sell"] as const}>
          {(one) => (
            <label class="check">
              <input type="radio" name="mode" checked={mode() === one} onChange={() => setMode(one)} />
              <span>
                {t.stopModes[one].label}
                <small>{t.stopModes[one].hint}</small>
              </span>
            </label>
          )}
        </For>
      </fieldset>
      <ErrorBox error={stop.error()} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onClose(null)}>
          {t.cancel}
        </button>
        <button type="button" class="button danger" disabled={stop.isBusy()} onClick={() => void stop.act()}>
          {words.stopAll}
        </button>
      </div>
    </Dialog>
  );
}
