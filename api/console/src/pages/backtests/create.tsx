import { useNavigate, useSearchParams } from "@solidjs/router";
import { createEffect, createSignal, Show } from "solid-js";
import { api, newKey, queries, unwrap } from "../../lib/api";
import { type BacktestSpec, FIGURES, type Figure } from "../../lib/backtests";
import { type Bot, connectionOf, paperOf, useBots, useConnections } from "../../lib/data";
import { createDraft } from "../../lib/draft";
import { assets } from "../../lib/money";
import { fieldsOf } from "../../lib/problem";
import { readSignals, takesSignals } from "../../lib/signals";
import { t } from "../../texts";
import { backtests as words } from "../../texts/backtests";
import { ErrorBox } from "../../ui/error";
import { Check, createAction, Form, Input, Select, TextArea } from "../../ui/form";
import { Empty, Loading } from "../../ui/parts";
import { Title } from "../../ui/title";
import { fieldsFor, type Kind, labelOf } from "../bots/fields";

const BEGINNING = { candles: "43200", seed: "1", balance: "10000", field: "", values: "", signals: "" };

/** Plays the configuration of a bot, once or over and over with other values. */
export default function NewBacktest() {
  const bots = useBots();
  return (
    <>
      <div class="title-row">
        <Title text={words.newTitle} />
      </div>
      <ErrorBox error={bots.error} retry={() => bots.refetch()} />
      <Show when={bots.data} fallback={<Show when={!bots.error}>{<Loading />}</Show>}>
        {(found) => (
          <Show
            when={found().length > 0}
            fallback={<Empty text={words.noBot} action={t.bots.create} href="/bots/new" />}
          >
            <Asked bots={found()} />
          </Show>
        )}
      </Show>
    </>
  );
}

const count = (text: string) => (/^\d{1,12}$/.test(text.trim()) ? Number.parseInt(text, 10) : text);

const isOfSignals = (pointer: string) => /^(\/backtest)?\/signals(\/|$)/.test(pointer);

function Asked(props: { bots: readonly Bot[] }) {
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams<{ bot?: string }>();
  const connections = useConnections();
  const [texts, setTexts] = createDraft("backtest", BEGINNING);
  const [isSearch, setSearching] = createDraft("backtest search", false);
  const [rank, setRank] = createSignal<Figure>("profit");
  const set = (name: keyof typeof BEGINNING) => (text: string) => setTexts((all) => ({ ...all, [name]: text }));
  const bot = () => props.bots.find(({ id }) => id === search.bot) ?? props.bots[0];
  const quote = () => assets(bot()?.symbol ?? "").quote;
  /** The bot trades by signals: a backtest is told them with the rest. */
  const isTold = () => {
    const config = bot()?.config;
    return config !== undefined && takesSignals(config);
  };
  /** A paper account that plays a file: its backtest plays the same. */
  const paper = () => paperOf(connectionOf(connections.data, bot()?.connection_id));
  const file = () => {
    const feed = paper()?.feed;
    return feed?.kind === "file" ? feed.name : null;
  };
  const numbers = () => {
    const found = bot();
    return found
      ? fieldsFor(found.type as Kind, found.config).filter(({ type }) => type === "money" || type === "count")
      : [];
  };
  const label = (path: string) =>
    numbers().find((one) => one.path === path)?.label ?? labelOf((bot()?.type ?? "grid") as Kind, path).label;
  const spec = (): BacktestSpec => {
    const name = file();
    const candles = name
      ? { kind: "file", name }
      : { kind: "synthetic", seed: count(texts().seed), candles: count(texts().candles) };
    const account = paper();
    return {
      symbol: bot()?.symbol ?? "",
      balances: { [quote()]: texts().balance.trim() },
      candles,
      config: bot()?.config,
      ...(isTold() && { signals: readSignals(texts().signals) }),
      ...(account?.market && { market: account.market }),
      ...(account?.fees && { fees: account.fees }),
    } as BacktestSpec;
  };
  const varied = () => {
    const field = numbers().find(({ path }) => path === texts().field);
    const values = texts()
      .values.split(",")
      .map((one) => one.trim())
      .filter(Boolean);
    return [{ pointer: texts().field, values: field?.type === "count" ? values.map(count) : values }];
  };
  const body = () =>
    isSearch() ? { backtest: spec(), fields: varied(), rank_by: rank() } : (spec() as BacktestSpec | object);
  let key = newKey();
  createEffect(() => {
    JSON.stringify(body());
    key = newKey();
  });
  const run = createAction(async () => {
    const header = { "Idempotency-Key": key };
    const made = isSearch()
      ? await unwrap(api.POST("/api/v1/backtests/search", { body: body() as never, params: { header } }))
      : await unwrap(api.POST("/api/v1/backtests", { body: body() as never, params: { header } }));
    await queries.invalidateQueries({ queryKey: ["backtests", "list"] });
    navigate(`/backtests/${made.id}`);
  });
  /** Of a search the backtest is a part. */
  const wrong = (...pointers: string[]) => {
    const all = fieldsOf(run.error());
    const found = Object.keys(all).find((pointer) =>
      pointers.some((one) => pointer === one || pointer === `/backtest${one}` || pointer.startsWith(`${one}/`)),
    );
    return found && all[found];
  };
  /** What is wrong with the signals, by their line among those that are not empty. */
  const wrongSignal = () => {
    const all = fieldsOf(run.error());
    const found = Object.keys(all).find(isOfSignals);
    const place = found && /\/signals\/(\d+)/.exec(found)?.[1];
    if (!found) return undefined;
    return place ? words.signalLine(Number.parseInt(place, 10) + 1, all[found] ?? "") : all[found];
  };
  const shown = ["/candles/candles", "/candles/seed", `/balances/${quote()}`, "/fields"];
  const known = (pointer: string) =>
    (isTold() && isOfSignals(pointer)) || shown.some((one) => pointer === one || pointer.endsWith(one));
  return (
    <Form class="form narrow" onSend={() => void run.act()}>
      <div class="fields">
        <Select
          label={words.bot}
          value={bot()?.id ?? ""}
          options={props.bots.map(({ id, name, symbol }) => [id, `${name} (${symbol})`] as const)}
          onPick={(id) => setSearch({ bot: id }, { replace: true })}
        />
        <Input
          label={words.balance}
          inputmode="decimal"
          value={texts().balance}
          onText={set("balance")}
          unit={quote()}
          error={wrong(`/balances/${quote()}`)}
        />
        <Show when={!file()} fallback={<Input label={words.file} value={file() ?? ""} readonly onText={() => {}} />}>
          <Input
            label={words.candles}
            inputmode="numeric"
            value={texts().candles}
            onText={set("candles")}
            error={wrong("/candles/candles")}
          />
          <Input
            label={words.seed}
            hint={words.seedHint}
            inputmode="numeric"
            value={texts().seed}
            onText={set("seed")}
            error={wrong("/candles/seed")}
          />
        </Show>
      </div>
      <Show when={isTold()}>
        <TextArea
          label={words.signals}
          hint={words.signalsHint}
          rows={5}
          value={texts().signals}
          onText={set("signals")}
          error={wrongSignal()}
        />
      </Show>
      <Check label={words.vary} hint={words.varyHint} checked={isSearch()} onCheck={setSearching} />
      <Show when={isSearch()}>
        <div class="fields">
          <Select
            label={words.field}
            value={texts().field}
            options={[["", "–"], ...numbers().map(({ path }) => [path, label(path)] as const)]}
            onPick={set("field")}
          />
          <Input
            label={words.values}
            hint={words.valuesHint}
            value={texts().values}
            onText={set("values")}
            error={wrong("/fields")}
          />
          <Select
            label={words.rank}
            value={rank()}
            options={FIGURES.map((one) => [one, words.figures[one]] as const)}
            onPick={(one) => setRank(one as Figure)}
          />
        </div>
      </Show>
      <ErrorBox error={run.error()} known={known} />
      <div class="form-foot">
        <button
          type="submit"
          class="button primary"
          disabled={run.isBusy() || (isSearch() && (texts().field === "" || texts().values.trim() === ""))}
        >
          {words.run}
        </button>
      </div>
    </Form>
  );
}
