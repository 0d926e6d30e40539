import { useNavigate, useSearchParams } from "@solidjs/router";
import { createEffect, createMemo, For, on, Show } from "solid-js";
import { api, newKey, queries, unwrap } from "../../lib/api";
import { configOf, useBacktest } from "../../lib/backtests";
import { build, type Texts } from "../../lib/config";
import { connectionOf, paperOf, useConnections } from "../../lib/data";
import { createDraft } from "../../lib/draft";
import { isFresh } from "../../lib/live";
import { decimals } from "../../lib/money";
import { fieldsOf } from "../../lib/problem";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input, Select } from "../../ui/form";
import { Empty, Loading, Money } from "../../ui/parts";
import { Title } from "../../ui/title";
import { BEGINNINGS, fieldsFor, type Kind, textsOf } from "./fields";
import { byPath, Fields, isAsked, isField } from "./form";
import { createPreview, Shown } from "./preview";
import { type Base, Presets, Rules } from "./strategy";

const KINDS = ["grid", "dca", "dca_interval", "strategy", "signal"] as const;

export default function Create() {
  const connections = useConnections();
  return (
    <>
      <div class="title-row">
        <Title text={t.create.title} />
      </div>
      <Show
        when={connections.data}
        fallback={
          <Show when={connections.error} fallback={<Loading />}>
            <ErrorBox error={connections.error} retry={() => connections.refetch()} />
          </Show>
        }
      >
        {(found) => (
          <Show
            when={found().length > 0}
            fallback={<Empty text={t.create.noConnection} action={t.connections.create} href="/connections/new" />}
          >
            <Wizard />
          </Show>
        )}
      </Show>
    </>
  );
}

function Wizard() {
  const navigate = useNavigate();
  const connections = useConnections();
  const [search, setSearch] = useSearchParams<{
    kind?: string;
    connection?: string;
    backtest?: string;
    place?: string;
  }>();
  const kind = (): Kind => KINDS.find((one) => one === search.kind) ?? "grid";
  const [name, setName] = createDraft("bot name", "");
  const [symbol, setSymbol] = createDraft("bot symbol", "");
  const [texts, setTexts] = createDraft<Record<Kind, Texts>>("bot", structuredClone(BEGINNINGS));
  let key = newKey();

  const connection = () => connectionOf(connections.data, search.connection) ?? connections.data?.[0];
  const paper = () => paperOf(connection());
  const market = () => paper()?.symbol ?? symbol().trim().toUpperCase();
  const markets = useQuery(() => ({
    queryKey: ["symbols", connection()?.id],
    queryFn: async () =>
      (await unwrap(api.GET("/api/v1/markets/{id}/symbols", { params: { path: { id: connection()?.id ?? "" } } })))
        .data,
    enabled: connection() !== undefined,
    staleTime: 300_000,
  }));
  const rules = () => markets.data?.find((one) => one.symbol === market());
  const step = (name: "tick_size" | "lot_size") => {
    const found = rules();
    return found && decimals(found[name]);
  };
  const mine = () => texts()[kind()];
  /** What is built upon: the preset of a strategy, or what a backtest has played. */
  const [base, setBase] = createDraft<Base | null>("bot base", null);
  const built = () => (base()?.config.type === kind() ? base() : null);
  const stored = createMemo(() => built()?.config ?? { type: kind() });
  const fields = createMemo(() => (kind() === "strategy" && !built() ? [] : fieldsFor(kind(), stored())));
  const begin = ({ name, config }: Base) => {
    setBase({ name, config });
    setTexts((before) => ({ ...before, [config.type]: textsOf(config.type, config) }));
  };
  const tested = useBacktest(() => search.backtest);
  createEffect(
    on(
      () => tested.data !== undefined,
      (isThere) => {
        const found = isThere && tested.data && configOf(tested.data, search.place);
        // What was typed before a session ended counts more than where it came from.
        if (!found || built()) return;
        begin({ name: "", config: found });
        setSearch({ kind: found.type }, { replace: true });
      },
    ),
  );
  const config = createMemo(() =>
    build(stored(), fields(), mine(), (path) => {
      const field = fields().find((one) => one.path === path);
      return field !== undefined && isAsked(field, mine());
    }),
  );
  /** Worth asking: somebody has typed a sum. */
  const isBegun = () => fields().some(({ path, type }) => type === "money" && (mine()[path] ?? "").trim() !== "");
  const asked = createMemo(() => {
    const chosen = connection();
    if (!chosen || !isBegun() || market() === "") return null;
    return { connection_id: chosen.id, ...(paper() ? {} : { symbol: market() }), config: config() };
  });
  const preview = createPreview(asked);
  const create = createAction(async () => {
    const body = { ...asked(), name: name().trim() };
    const bot = await unwrap(
      api.POST("/api/v1/bots", { body: body as never, params: { header: { "Idempotency-Key": key } } }),
    );
    await queries.invalidateQueries({ queryKey: ["bots"] });
    navigate(`/bots/${bot.id}`);
  });
  // Another body is another attempt.
  createEffect(() => {
    JSON.stringify([asked(), name()]);
    key = newKey();
  });
  const wrong = createMemo(() => ({ ...byPath(preview.errors()), ...byPath(listed(create.error())) }));
  const own = () => fieldsOf(create.error());
  const known = (pointer: string) => isField(fields(), pointer) || pointer === "/name" || pointer === "/symbol";
  return (
    <div class="split">
      <Form class="form split-form" onSend={() => void create.act()}>
        <div class="kinds" role="radiogroup" aria-label={t.create.kind}>
          <For each={KINDS}>
            {(one) => (
              <label class="kind">
                <input
                  type="radio"
                  name="kind"
                  checked={kind() === one}
                  onChange={() => setSearch({ kind: one }, { replace: true })}
                />
                <strong>{t.kinds[one]}</strong>
                <small>{t.kindHints[one]}</small>
              </label>
            )}
          </For>
        </div>
        <div class="fields">
          <Input label={t.bots.name} value={name()} onText={setName} error={own()["/name"]} />
          <Select
            label={t.create.connection}
            value={connection()?.id ?? ""}
            options={(connections.data ?? []).map(
              (one) =>
                [
                  one.id,
                  `${one.label} (${t.money[one.venue === "paper" ? "paper" : one.testnet ? "testnet" : "live"]})`,
                ] as const,
            )}
            onPick={(id) => setSearch({ connection: id }, { replace: true })}
          />
          <Show
            when={!paper()}
            fallback={
              <Input
                label={t.bots.market}
                value={paper()?.symbol ?? ""}
                onText={() => {}}
                readonly
                hint={t.create.paperMarket}
              />
            }
          >
            <Input
              label={t.bots.market}
              value={symbol()}
              onText={setSymbol}
              list="markets"
              placeholder="BTC-USDT"
              error={own()["/symbol"] ?? fieldsOf(preview.error())["/symbol"]}
            />
            <datalist id="markets">
              <For each={markets.data ?? []}>{(one) => <option value={one.symbol} />}</For>
            </datalist>
          </Show>
        </div>
        <Show when={kind() === "strategy"}>
          <Presets chosen={built()?.name ?? null} onChoose={begin} />
          <Show when={built()}>
            <Rules config={config()} />
          </Show>
        </Show>
        <Fields
          kind={kind()}
          fields={fields()}
          symbol={market()}
          texts={mine()}
          wrong={wrong()}
          warned={byPath(preview.preview()?.warnings ?? [])}
          onText={(path, text) => setTexts((before) => ({ ...before, [kind()]: { ...before[kind()], [path]: text } }))}
        />
        <ErrorBox error={tested.error ?? create.error()} known={known} />
        <div class="form-foot">
          <Money account={connection()} />
          <button
            type="submit"
            class="button primary"
            disabled={create.isBusy() || !asked() || name().trim() === "" || !isFresh()}
            title={isFresh() ? undefined : t.pill.waits}
          >
            {t.create.make}
          </button>
        </div>
      </Form>
      <Shown
        symbol={market()}
        preview={preview.preview()}
        error={preview.error()}
        isBusy={preview.isBusy()}
        decimals={step("tick_size")}
        lot={step("lot_size")}
        known={known}
      />
    </div>
  );
}

function listed(error: unknown) {
  return Object.entries(fieldsOf(error)).map(([pointer, message]) => ({ pointer, message }));
}
