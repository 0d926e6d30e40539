import { A, useNavigate, useParams, useSearchParams } from "@solidjs/router";
import { createEffect, createSignal, lazy, Match, onCleanup, Show, Suspense, Switch } from "solid-js";
import { isOld } from "../../lib/age";
import { api, unwrap } from "../../lib/api";
import {
  type Bot,
  type Connection,
  channelOf,
  connectionOf,
  everyWithoutEvents,
  isMoving,
  useConnections,
} from "../../lib/data";
import { live } from "../../lib/live";
import { assets, decimals } from "../../lib/money";
import { now } from "../../lib/now";
import { useQuery } from "../../lib/query";
import { takesSignals } from "../../lib/signals";
import { t } from "../../texts";
import { ErrorBox, Panel } from "../../ui/error";
import { Exact, Gain, Sum } from "../../ui/money";
import { Fresh, Loading, Money, Status, TabPanel, Tabs } from "../../ui/parts";
import { Title } from "../../ui/title";
import { Actions } from "./actions";
import { Deals, Fills, Orders } from "./history";
import { Why } from "./why";

const Chart = lazy(() => import("./chart"));
const Configuration = lazy(() => import("./configuration"));
const Signals = lazy(() => import("./signals"));

/** How often figures are read while the price moves them. */
const FIGURES_EVERY_MS = 3_000;
/** How often the price is asked for where nothing publishes it. */
const PRICE_EVERY_MS = 10_000;

const TABS = ["why", "signals", "deals", "orders", "fills", "configuration"] as const;

export default function BotPage() {
  const params = useParams<{ id: string }>();
  const bot = useQuery(() => ({
    queryKey: ["bot", params.id, "bot"],
    queryFn: () => unwrap(api.GET("/api/v1/bots/{id}", { params: { path: { id: params.id } } })),
    refetchInterval: everyWithoutEvents(),
  }));
  const connections = useConnections();
  return (
    <Switch fallback={<Loading />}>
      <Match when={bot.error && !bot.data}>
        <ErrorBox error={bot.error} retry={() => bot.refetch()} />
      </Match>
      <Match when={bot.data}>
        {(found) => <Shown bot={found()} connection={connectionOf(connections.data, found().connection_id)} />}
      </Match>
    </Switch>
  );
}

function Shown(props: { bot: Bot; connection: Connection | undefined }) {
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams<{ tab?: string }>();
  const tabs = () => TABS.filter((id) => id !== "signals" || takesSignals(props.bot.config));
  const tab = () => tabs().find((id) => id === search.tab) ?? "why";
  const every = () => isMoving(props.bot.status) && FIGURES_EVERY_MS;
  const figures = useQuery(() => ({
    queryKey: ["bot", props.bot.id, "figures"],
    queryFn: () => unwrap(api.GET("/api/v1/bots/{id}/performance", { params: { path: { id: props.bot.id } } })),
    refetchInterval: every(),
  }));
  const market = useQuery(() => ({
    queryKey: ["market", props.bot.connection_id, props.bot.symbol],
    queryFn: async () => {
      const { data } = await unwrap(
        api.GET("/api/v1/markets/{id}/symbols", { params: { path: { id: props.bot.connection_id } } }),
      );
      return data.find(({ symbol }) => symbol === props.bot.symbol) ?? null;
    },
    staleTime: 300_000,
  }));
  const tick = () => {
    const found = market.data;
    return found ? decimals(found.tick_size) : undefined;
  };
  const lot = () => {
    const found = market.data;
    return found ? decimals(found.lot_size) : undefined;
  };
  const unit = () => assets(props.bot.symbol);
  const price = usePrice(props);
  return (
    <>
      <div class="title-row bot-head">
        <div class="bot-title">
          <Title text={props.bot.name} />
          <Money account={props.connection} />
          <Status status={props.bot.status} reason={props.bot.status_reason} />
          <p class="faint">
            {t.kinds[props.bot.type as keyof typeof t.kinds] ?? props.bot.type} · {props.bot.symbol} ·{" "}
            {props.connection?.label}
          </p>
        </div>
        <Fresh class="price" isOld={price.isOld()}>
          <Exact amount={price.newest()} decimals={tick()} unit={unit().quote} />
        </Fresh>
        <A class="button" href={`/backtests/new?bot=${props.bot.id}`}>
          {t.configuration.backtest}
        </A>
        <Actions bot={props.bot} connection={props.connection} onDeleted={() => navigate("/bots")} />
      </div>
      <Show when={props.bot.status_reason}>
        {(reason) => <p class="notice">{t.reasons[reason() as keyof typeof t.reasons] ?? reason()}</p>}
      </Show>
      <ErrorBox error={figures.error} retry={() => figures.refetch()} />
      <Fresh class="figures" isOld={isOld(figures, every(), now())}>
        <Figure label={t.figures.realised}>
          <Gain amount={figures.data?.realised} unit={unit().quote} />
        </Figure>
        <Figure label={t.figures.unrealised}>
          <Gain amount={figures.data?.unrealised} unit={unit().quote} />
        </Figure>
        <Show when={figures.data?.grid}>
          {(grid) => (
            <>
              <Figure label={t.figures.gridProfit}>
                <Gain amount={grid().grid_profit} unit={unit().quote} />
              </Figure>
              <Figure label={t.figures.total}>
                <Gain amount={grid().total} unit={unit().quote} />
              </Figure>
            </>
          )}
        </Show>
        <Figure label={t.figures.holds}>
          <Exact amount={figures.data?.position.quantity} unit={unit().base} />
        </Figure>
        <Figure label={t.figures.cost}>
          <Sum amount={figures.data?.position.cost} unit={unit().quote} />
        </Figure>
        <Figure label={t.figures.fees}>
          <Sum amount={figures.data?.fees} unit={unit().quote} />
        </Figure>
      </Fresh>
      <Show when={props.connection}>
        {(connection) => (
          <Panel>
            <Suspense fallback={<div class="chart" />}>
              <Chart bot={props.bot} connection={connection()} decimals={tick()} />
            </Suspense>
          </Panel>
        )}
      </Show>
      <Tabs
        tabs={tabs().map((id) => [id, t.tabs[id]] as const)}
        current={tab()}
        onPick={(id) => setSearch({ tab: id }, { replace: true })}
      />
      <TabPanel current={tab()}>
        <Panel>
          <Switch>
            <Match when={tab() === "why"}>
              <Why bot={props.bot} decimals={tick()} />
            </Match>
            <Match when={tab() === "signals"}>
              <Suspense fallback={<Loading />}>
                <Signals bot={props.bot} />
              </Suspense>
            </Match>
            <Match when={tab() === "deals"}>
              <Deals bot={props.bot} connection={props.connection} />
            </Match>
            <Match when={tab() === "orders"}>
              <Orders bot={props.bot} decimals={tick()} lot={lot()} />
            </Match>
            <Match when={tab() === "fills"}>
              <Fills bot={props.bot} decimals={tick()} lot={lot()} />
            </Match>
            <Match when={tab() === "configuration"}>
              <Suspense fallback={<Loading />}>
                <Configuration bot={props.bot} connection={props.connection} decimals={tick()} lot={lot()} />
              </Suspense>
            </Match>
          </Switch>
        </Panel>
      </TabPanel>
    </>
  );
}

function Figure(props: { label: string; children: import("solid-js").JSX.Element }) {
  return (
    <div class="figure">
      <span class="figure-label">{props.label}</span>
      <span class="figure-value">{props.children}</span>
    </div>
  );
}

/** The newest price: from the socket on paper, asked for at an exchange, which publishes none. */
function usePrice(props: { bot: Bot; connection: Connection | undefined }) {
  const [told, setTold] = createSignal<string | null>(null);
  const channel = () => channelOf(props.connection, "ticker");
  createEffect(() => {
    const name = channel();
    if (name) onCleanup(live.listen(name, (data) => setTold((data as { last?: string }).last ?? null)));
  });
  const every = () => !channel() && PRICE_EVERY_MS;
  const asked = useQuery(() => ({
    queryKey: ["ticker", props.bot.connection_id, props.bot.symbol],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/markets/{id}/ticker", {
          params: {
            path: { id: props.bot.connection_id },
            query: props.connection?.venue === "paper" ? {} : { symbol: props.bot.symbol },
          },
        }),
      ),
    enabled: props.connection !== undefined,
    refetchInterval: every(),
  }));
  return {
    newest: () => told() ?? asked.data?.price ?? null,
    // What the socket tells is as new as the socket.
    isOld: () => told() === null && isOld(asked, every(), now()),
  };
}
