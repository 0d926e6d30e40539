import { isProblem } from "@blockbotx/client";
import { A, useNavigate } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import { all, api, newKey, queries, unwrap } from "../lib/api";
import { type Bot, type Connection, paperOf } from "../lib/data";
import { isFresh } from "../lib/live";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction } from "../ui/form";
import { Loading, Money } from "../ui/parts";
import { Title } from "../ui/title";
import { createPreview, Shown } from "./bots/preview";

type Preset = "grid" | "dca" | "schedule";

/** A market around 100, made up and the same for everybody, a day of it in about five minutes. */
const ACCOUNT = {
  venue: "paper" as const,
  paper: {
    symbol: "SOL-USDT",
    balances: { USDT: "10000" },
    speed: 300,
    feed: { kind: "synthetic" as const, seed: 3, candles: 43_200 },
  },
};

const CONFIGS: Record<Preset, object> = {
  grid: {
    type: "grid",
    lower: "90",
    upper: "110",
    grid_count: 40,
    spacing: "arithmetic",
    quantity: { mode: "investment", quote: "4000" },
  },
  dca: {
    type: "dca",
    base_order: { unit: "quote", amount: "200" },
    take_profit: { percentage: "1" },
    safety_orders: { max_count: 6, volume: "200", step_percentage: "0.7", volume_coefficient: "1.3" },
    stop_loss: { percentage: "12" },
  },
  schedule: { type: "dca_interval", amount: "25", frequency: { every: "hourly" }, max_total: "5000" },
};
const PRESETS = Object.keys(CONFIGS) as Preset[];

/** From nothing to a paper bot that trades: choose, look, start. */
export default function Start() {
  const navigate = useNavigate();
  const [preset, setPreset] = createSignal<Preset | null>(null);
  const [account, setAccount] = createSignal<Connection | null>(null);
  /** One bot to make: what has been done of it stays done over its retries. */
  let attempt: Attempt | null = null;
  const choose = createAction(async (chosen: Preset) => {
    setPreset(chosen);
    if (attempt?.preset !== chosen) attempt = { preset: chosen, key: newKey(), name: null, bot: null };
    setAccount(account() ?? (await paperAccount()));
  });
  const preview = createPreview(() => {
    const [chosen, paper] = [preset(), account()];
    return chosen && paper ? { connection_id: paper.id, config: CONFIGS[chosen] } : null;
  });
  const start = createAction(async () => {
    const [current, paper] = [attempt, account()];
    if (!current || !paper) return;
    const bot = await botOf(current, paper.id);
    if (bot.status === "draft") await unwrap(api.POST("/api/v1/bots/{id}/start", { params: { path: { id: bot.id } } }));
    const path = { id: paper.id };
    const { feed } = await unwrap(api.GET("/api/v1/exchange-connections/{id}", { params: { path } }));
    if (feed?.status !== "running") {
      await unwrap(api.POST("/api/v1/exchange-connections/{id}/feed", { params: { path }, body: { action: "start" } }));
    }
    await queries.invalidateQueries();
    navigate(`/bots/${bot.id}`);
  });
  return (
    <>
      <div class="title-row">
        <Title text={t.start.title} />
        <Money account={{ venue: "paper", testnet: false }} />
      </div>
      <p class="lead">{t.start.lead}</p>
      <div class="presets">
        <For each={PRESETS}>
          {(one) => (
            <button type="button" class="preset" aria-pressed={preset() === one} onClick={() => void choose.act(one)}>
              <strong>{t.presets[one].name}</strong>
              <span>{t.presets[one].text}</span>
            </button>
          )}
        </For>
      </div>
      <ErrorBox error={choose.error()} />
      <Show when={choose.isBusy()}>
        <Loading />
      </Show>
      <Show when={account() && preset()}>
        <div class="form-foot start-foot">
          <button
            type="button"
            class="button primary large"
            disabled={start.isBusy() || preview.preview() === null || !isFresh()}
            onClick={() => void start.act()}
          >
            {start.isBusy() ? t.start.starting : t.start.go}
          </button>
          <span class="faint">{t.start.safe}</span>
        </div>
        <ErrorBox error={start.error()} />
        <Shown
          symbol={ACCOUNT.paper.symbol}
          preview={preview.preview()}
          error={preview.error()}
          isBusy={preview.isBusy()}
          decimals={2}
          lot={5}
          known={() => false}
        />
      </Show>
      <p class="faint">
        {t.start.own} <A href="/connections/new">{t.connections.create}</A>
      </p>
    </>
  );
}

interface Attempt {
  preset: Preset;
  key: string;
  name: string | null;
  bot: Bot | null;
}

/** The bot of an attempt, made at the first call. The name stays with the key: another body would be refused. */
async function botOf(attempt: Attempt, connection: string): Promise<Bot> {
  if (attempt.bot) return unwrap(api.GET("/api/v1/bots/{id}", { params: { path: { id: attempt.bot.id } } }));
  attempt.name ??= await freeName(t.presets[attempt.preset].bot);
  try {
    attempt.bot = await unwrap(
      api.POST("/api/v1/bots", {
        body: { connection_id: connection, name: attempt.name, config: CONFIGS[attempt.preset] as never },
        params: { header: { "Idempotency-Key": attempt.key } },
      }),
    );
  } catch (error) {
    if (isProblem(error, "name_taken")) Object.assign(attempt, { name: null, key: newKey() });
    throw error;
  }
  return attempt.bot;
}

/** The paper account of an earlier visit, else a new one. */
async function paperAccount(): Promise<Connection> {
  const mine = await all((cursor) =>
    unwrap(api.GET("/api/v1/exchange-connections", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
  );
  const found = mine.find(
    (one) => paperOf(one)?.symbol === ACCOUNT.paper.symbol && ["paused", "running"].includes(one.feed?.status ?? ""),
  );
  if (found) return found;
  for (let number = 1; ; number++) {
    const label = number === 1 ? t.start.label : `${t.start.label} ${number}`;
    try {
      return await unwrap(
        api.POST("/api/v1/exchange-connections", {
          body: { ...ACCOUNT, label },
          params: { header: { "Idempotency-Key": newKey() } },
        }),
      );
    } catch (error) {
      if (!isProblem(error, "name_taken") || number > 20) throw error;
    }
  }
}

/** A name that no bot has yet. */
async function freeName(wanted: string): Promise<string> {
  const bots = await all((cursor) =>
    unwrap(api.GET("/api/v1/bots", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
  );
  const taken = new Set(bots.map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`;
  return name;
}
