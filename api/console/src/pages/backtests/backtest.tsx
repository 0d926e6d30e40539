import type { Schemas } from "@blockbotx/client";
import { A, useNavigate, useParams } from "@solidjs/router";
import { For, Match, Show, Switch } from "solid-js";
import { api, queries, unwrap } from "../../lib/api";
import { type Backtest, fieldsOf, isOpen, SHARES, useBacktest } from "../../lib/backtests";
import { assets, share } from "../../lib/money";
import { useInfiniteQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { backtests as words } from "../../texts/backtests";
import { Curve } from "../../ui/curve";
import { ErrorBox } from "../../ui/error";
import { createAction } from "../../ui/form";
import { Exact, Gain, Sum } from "../../ui/money";
import { Loading } from "../../ui/parts";
import { Paged, Table } from "../../ui/table";
import { Title } from "../../ui/title";
import { purposeOf, Side } from "../bots/history";

/** One backtest or search: how far it is, and what came of it. */
export default function One() {
  const params = useParams<{ id: string }>();
  const found = useBacktest(() => params.id);
  return (
    <Switch fallback={<Loading />}>
      <Match when={found.data}>{(backtest) => <Shown backtest={backtest()} error={found.error} />}</Match>
      <Match when={found.error}>
        <ErrorBox error={found.error} retry={() => found.refetch()} />
      </Match>
    </Switch>
  );
}

function Shown(props: { backtest: Backtest; error: unknown }) {
  const navigate = useNavigate();
  const path = () => ({ id: props.backtest.id });
  const cancel = createAction(async () => {
    await unwrap(api.POST("/api/v1/backtests/{id}/cancel", { params: { path: path() } }));
    await queries.invalidateQueries({ queryKey: ["backtests"] });
  });
  const remove = createAction(async () => {
    await unwrap(api.DELETE("/api/v1/backtests/{id}", { params: { path: path() } }));
    await queries.invalidateQueries({ queryKey: ["backtests", "list"] });
    navigate("/backtests");
  });
  const kind = () => t.kinds[props.backtest.bot_type as keyof typeof t.kinds] ?? props.backtest.bot_type;
  const unit = () => assets(props.backtest.symbol).quote;
  const result = () => props.backtest.result;
  return (
    <>
      <div class="title-row">
        <Title text={`${words.kinds[props.backtest.kind]}: ${kind()} · ${props.backtest.symbol}`} />
        <p class="summary" role="status">
          {words.status[props.backtest.status]}
        </p>
        <div class="actions">
          <Show when={props.backtest.kind === "backtest"}>
            <A class="button primary" href={`/bots/new?backtest=${props.backtest.id}`}>
              {words.makeBot}
            </A>
          </Show>
          <Show
            when={isOpen(props.backtest.status)}
            fallback={
              <button type="button" class="button danger" disabled={remove.isBusy()} onClick={() => void remove.act()}>
                {words.delete}
              </button>
            }
          >
            <button type="button" class="button" disabled={cancel.isBusy()} onClick={() => void cancel.act()}>
              {words.cancel}
            </button>
          </Show>
        </div>
      </div>
      <ErrorBox error={props.error ?? cancel.error() ?? remove.error()} />
      <Show when={isOpen(props.backtest.status)}>
        <progress class="progress" max="100" value={props.backtest.percent} aria-label={words.state} />
        <p class="faint">{words.progress(props.backtest.percent)}</p>
      </Show>
      <Show when={props.backtest.error}>{(error) => <p class="notice bad">{error().message}</p>}</Show>
      <Switch>
        <Match when={bestOf(result())}>
          {(search) => <Best backtest={props.backtest} result={search()} unit={unit()} />}
        </Match>
        <Match when={summaryOf(result())}>
          {(played) => (
            <>
              <Figures summary={played().summary} unit={unit()} />
              <Findings findings={played().warnings} />
              <Trades id={props.backtest.id} symbol={props.backtest.symbol} />
            </>
          )}
        </Match>
      </Switch>
    </>
  );
}

type Result = Backtest["result"];
const summaryOf = (result: Result) => (result && "summary" in result ? result : null);
const bestOf = (result: Result) => (result && "best" in result ? result : null);

function Figures(props: { summary: Schemas["Summary"]; unit: string }) {
  const figures = () => props.summary.figures;
  const rows = () =>
    [
      ["sharpe", figures().sharpe],
      ["sortino", figures().sortino],
      ["calmar", figures().calmar],
      ["profit_factor", figures().profit_factor],
      ["cagr", figures().cagr],
      ["win_rate", figures().win_rate],
      ["time_in_market", props.summary.time_in_market],
    ] as const;
  return (
    <>
      <p class="faint">{words.fromTo(moment(props.summary.from), moment(props.summary.to))}</p>
      <div class="figures">
        <Cell label={words.figures.profit}>
          <Gain amount={figures().profit} unit={props.unit} />
        </Cell>
        <Cell label={words.figures.total_return}>{shareOf(figures().total_return)}</Cell>
        <Cell label={words.figures.realised}>
          <Gain amount={props.summary.realised} unit={props.unit} />
        </Cell>
        <Cell label={words.figures.unrealised}>
          <Gain amount={props.summary.unrealised} unit={props.unit} />
        </Cell>
        <Cell label={words.figures.fees}>
          <Sum amount={props.summary.fees} unit={props.unit} />
        </Cell>
        <Cell label={words.figures.max_drawdown}>
          <Sum amount={figures().drawdown.amount} unit={props.unit} />
        </Cell>
        <Cell label={words.figures.max_drawdown_ratio}>{shareOf(figures().drawdown.ratio)}</Cell>
        <Cell label={words.figures.trades}>{figures().trades.count}</Cell>
        <For each={rows()}>
          {([name, amount]) => (
            <Cell label={words.figures[name]}>
              <Show when={SHARES.includes(name)} fallback={<Sum amount={amount} />}>
                {shareOf(amount)}
              </Show>
            </Cell>
          )}
        </For>
      </div>
      <Curve
        label={words.equity}
        amounts={props.summary.equity.map(({ equity }) => equity)}
        from={moment(props.summary.from)}
        to={moment(props.summary.to)}
        unit={props.unit}
      />
    </>
  );
}

const shareOf = (amount: string | null | undefined) => (amount ? share(amount) : "–");

function Cell(props: { label: string; children: import("solid-js").JSX.Element }) {
  return (
    <div class="figure">
      <span class="figure-label">{props.label}</span>
      <span class="figure-value">{props.children}</span>
    </div>
  );
}

function Findings(props: { findings: readonly Schemas["ConfigFinding"][] }) {
  return (
    <Show when={props.findings.length > 0}>
      <ul class="findings warn">
        <For each={props.findings}>{({ message }) => <li>{message}</li>}</For>
      </ul>
    </Show>
  );
}

/** What a search found, best first; each can be made a bot. */
function Best(props: { backtest: Backtest; result: Schemas["SearchResult"]; unit: string }) {
  const rank = () => ("rank_by" in props.backtest.request ? props.backtest.request.rank_by : "profit");
  const label = () => words.figures[rank()];
  return (
    <section>
      <h2>{words.best}</h2>
      <p class="faint">
        {words.played(props.result.played)} {props.result.refused > 0 ? words.refused(props.result.refused) : ""}
      </p>
      <Table
        label={words.best}
        empty={words.noneBest}
        rows={props.result.best.map((one, place) => ({ ...one, place }))}
        columns={[
          ...fieldsOf(props.backtest).map(({ pointer }, index) => ({
            label: pointer.slice(1).replaceAll("/", " "),
            cell: (row: Schemas["Ranked"]) => `${row.values[index]}`,
          })),
          {
            label: label(),
            isNumber: true,
            cell: (row) => (SHARES.includes(rank()) ? shareOf(row.figure) : <Sum amount={row.figure} />),
          },
          {
            label: words.figures.profit,
            isNumber: true,
            cell: (row) => <Gain amount={row.summary.figures.profit} unit={props.unit} />,
          },
          {
            label: t.actions.title,
            cell: (row) => (
              <A class="button small" href={`/bots/new?backtest=${props.backtest.id}&place=${row.place}`}>
                {words.makeBot}
              </A>
            ),
          },
        ]}
      />
    </section>
  );
}

function Trades(props: { id: string; symbol: string }) {
  const trades = useInfiniteQuery(() => ({
    queryKey: ["backtests", "trades", props.id],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/backtests/{id}/trades", {
          params: { path: { id: props.id }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  }));
  const unit = () => assets(props.symbol);
  return (
    <section>
      <h2>{words.trades}</h2>
      <Paged
        label={words.trades}
        query={trades}
        empty={words.noTrades}
        columns={[
          { label: t.fills.at, cell: (row) => (row.at ? moment(row.at) : "–") },
          { label: t.orders.side, cell: (row) => <Side side={row.side} /> },
          { label: t.orders.purpose, cell: (row) => purposeOf(row.purpose, row.level) },
          { label: t.orders.price, isNumber: true, cell: (row) => <Exact amount={row.price} /> },
          {
            label: t.orders.quantity,
            isNumber: true,
            cell: (row) => <Exact amount={row.quantity} unit={unit().base} />,
          },
          { label: t.fills.quote, isNumber: true, cell: (row) => <Sum amount={row.quote} unit={unit().quote} /> },
          { label: t.figures.fee, isNumber: true, cell: (row) => <Sum amount={row.fee} unit={row.fee_asset} /> },
        ]}
      />
    </section>
  );
}
