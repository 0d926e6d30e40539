import { useNavigate } from "@solidjs/router";
import { createEffect, For, Show } from "solid-js";
import { api, newKey, queries, unwrap } from "../../lib/api";
import { createDraft } from "../../lib/draft";
import { fieldsOf } from "../../lib/problem";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { Check, createAction, Form, Input, Select } from "../../ui/form";
import { Title } from "../../ui/title";

type Venue = "paper" | "binance";
const VENUES: readonly Venue[] = ["paper", "binance"];

export default function NewConnection() {
  const navigate = useNavigate();
  const [venue, setVenue] = createDraft<Venue>("connection venue", "paper");
  const [texts, setTexts] = createDraft(
    "connection",
    {
      label: "",
      key: "",
      secret: "",
      symbol: "SOL-USDT",
      quote: "10000",
      speed: "60",
      seed: "1",
      candles: "43200",
      startPrice: "100",
    },
    // Secrets are typed again.
    (typed) => ({ ...typed, key: "", secret: "" }),
  );
  const [isTestnet, setTestnet] = createDraft("connection testnet", true);
  const set = (name: keyof ReturnType<typeof texts>) => (text: string) => setTexts((all) => ({ ...all, [name]: text }));
  const count = (text: string) => (/^\d{1,15}$/.test(text.trim()) ? Number.parseInt(text, 10) : text);
  let key = newKey();
  createEffect(() => {
    JSON.stringify([venue(), texts(), isTestnet()]);
    key = newKey();
  });
  const body = () => {
    const { label, symbol, quote, speed, seed, candles, startPrice, ...keys } = texts();
    if (venue() === "binance")
      return {
        venue: "binance",
        label: label.trim(),
        testnet: isTestnet(),
        key: keys.key.trim(),
        secret: keys.secret.trim(),
      };
    const market = symbol.trim().toUpperCase();
    return {
      venue: "paper",
      label: label.trim(),
      paper: {
        symbol: market,
        balances: { [market.split("-")[1] ?? "USDT"]: quote.trim() },
        speed: speed === "flat_out" ? speed : count(speed),
        feed: { kind: "synthetic", seed: count(seed), candles: count(candles), start_price: startPrice.trim() },
      },
    };
  };
  const create = createAction(async () => {
    await unwrap(
      api.POST("/api/v1/exchange-connections", {
        body: body() as never,
        params: { header: { "Idempotency-Key": key } },
      }),
    );
    await queries.invalidateQueries({ queryKey: ["connections"] });
    navigate("/connections");
  });
  const wrong = () => fieldsOf(create.error());
  const quotePointer = () => Object.keys(wrong()).find((pointer) => pointer.startsWith("/paper/balances"));
  const known = (pointer: string) => SHOWN.has(pointer) || pointer === quotePointer();
  return (
    <>
      <div class="title-row">
        <Title text={t.connections.newTitle} />
      </div>
      <Form class="form narrow" onSend={() => void create.act()}>
        <div class="kinds" role="radiogroup" aria-label={t.connections.venue}>
          <For each={VENUES}>
            {(one) => (
              <label class="kind">
                <input type="radio" name="venue" checked={venue() === one} onChange={() => setVenue(one)} />
                <strong>{t.venues[one].name}</strong>
                <small>{t.venues[one].text}</small>
              </label>
            )}
          </For>
        </div>
        <Input label={t.connections.label} value={texts().label} onText={set("label")} error={wrong()["/label"]} />
        <Show
          when={venue() === "paper"}
          fallback={
            <>
              <p class="notice">{t.connections.keyHelp}</p>
              <Check
                label={t.connections.testnet}
                hint={t.connections.testnetHint}
                checked={isTestnet()}
                onCheck={setTestnet}
              />
              <Input
                label={t.connections.key}
                value={texts().key}
                onText={set("key")}
                error={wrong()["/key"]}
                spellcheck={false}
              />
              <Input
                label={t.connections.secret}
                type="password"
                autocomplete="off"
                value={texts().secret}
                onText={set("secret")}
                error={wrong()["/secret"]}
              />
            </>
          }
        >
          <div class="fields">
            <Input
              label={t.bots.market}
              value={texts().symbol}
              onText={set("symbol")}
              error={wrong()["/paper/symbol"]}
            />
            <Input
              label={t.connections.balance}
              inputmode="decimal"
              value={texts().quote}
              onText={set("quote")}
              unit={texts().symbol.split("-")[1]}
              error={wrong()[quotePointer() ?? ""]}
            />
            <Input
              label={t.connections.startPrice}
              inputmode="decimal"
              value={texts().startPrice}
              onText={set("startPrice")}
              error={wrong()["/paper/feed/start_price"]}
            />
            <Select
              label={t.connections.speed}
              value={texts().speed}
              options={t.connections.speeds}
              onPick={set("speed")}
              error={wrong()["/paper/speed"]}
            />
            <Input
              label={t.connections.seed}
              hint={t.connections.seedHint}
              inputmode="numeric"
              value={texts().seed}
              onText={set("seed")}
              error={wrong()["/paper/feed/seed"]}
            />
            <Input
              label={t.connections.candles}
              inputmode="numeric"
              value={texts().candles}
              onText={set("candles")}
              error={wrong()["/paper/feed/candles"]}
            />
          </div>
        </Show>
        <ErrorBox error={create.error()} known={known} />
        <div class="form-foot">
          <button type="submit" class="button primary" disabled={create.isBusy()}>
            {create.isBusy() && venue() === "binance" ? t.connections.testing : t.connections.make}
          </button>
        </div>
      </Form>
    </>
  );
}

const SHOWN = new Set([
  "/label",
  "/key",
  "/secret",
  "/paper/symbol",
  "/paper/feed/start_price",
  "/paper/feed/seed",
  "/paper/feed/candles",
  "/paper/speed",
]);
