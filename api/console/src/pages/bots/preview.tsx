import { isProblem, type Schemas } from "@blockbotx/client";
import { createEffect, createSignal, For, on, onCleanup, Show } from "solid-js";
import { api, unwrap } from "../../lib/api";
import { assets } from "../../lib/money";
import { moment } from "../../lib/time";
import { isTransient } from "../../lib/transient";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { AtTick, Exact, Gain, Sum } from "../../ui/money";
import { Table } from "../../ui/table";
import { purposeOf, Side } from "./history";

export type Preview = Schemas["BotPreview"];

export interface Asked {
  connection_id: string;
  symbol?: string;
  config: object;
}

/** After the last key, how long to wait for another. */
const PAUSE_MS = 180;
/** How long to wait where no answer came that says anything of the configuration. */
const AGAIN_MS = 3_000;

/** Asks the server what a configuration would do, whenever it changes. Answers that come late are thrown away. */
export function createPreview(asked: () => Asked | null) {
  const [preview, setPreview] = createSignal<Preview | null>(null);
  const [error, setError] = createSignal<unknown>(null);
  const [isBusy, setBusy] = createSignal(false);
  createEffect(
    on(
      () => JSON.stringify(asked()),
      (text) => {
        const body = JSON.parse(text) as Asked | null;
        if (!body) {
          setPreview(null);
          setError(null);
          setBusy(false);
          return;
        }
        setBusy(true);
        const stop = new AbortController();
        void keepAsking(body, stop.signal);
        onCleanup(() => stop.abort());
      },
    ),
  );
  const keepAsking = async (body: Asked, signal: AbortSignal) => {
    for (let wait = PAUSE_MS; !signal.aborted; wait = AGAIN_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal.aborted) return;
      await ask(body, signal);
      if (!isTransient(error())) return;
    }
  };
  const ask = async (body: Asked, signal: AbortSignal) => {
    try {
      const found = await unwrap(api.POST("/api/v1/bots/preview", { body: body as Schemas["PreviewBot"], signal }));
      if (signal.aborted) return;
      setPreview(found);
      setError(null);
    } catch (failed) {
      if (signal.aborted) return;
      setError(failed);
      setPreview(null);
    }
    setBusy(false);
  };
  /** Everything that is wrong with the configuration, whichever answer said so. */
  const errors = () => {
    const failed = error();
    return [...(preview()?.errors ?? []), ...(isProblem(failed) ? failed.errors : [])];
  };
  return { preview, error, errors, isBusy };
}

/** The server's words and figures: what would be placed, what it needs, what it risks. */
export function Shown(props: {
  symbol: string;
  preview: Preview | null;
  error: unknown;
  isBusy: boolean;
  decimals: number | undefined;
  lot: number | undefined;
  known: (pointer: string) => boolean;
}) {
  const unit = () => assets(props.symbol);
  return (
    <section class="preview" aria-label={t.preview.title} aria-busy={props.isBusy} aria-live="polite">
      <header>
        <h2>{t.preview.title}</h2>
        <Show when={props.isBusy}>
          <span class="faint">{t.preview.asking}</span>
        </Show>
      </header>
      <Show when={props.error && !onlyFields(props.error, props.known)}>
        <ErrorBox error={props.error} known={props.known} />
      </Show>
      <Show when={props.preview} fallback={<p class="nothing">{props.error ? t.preview.mend : t.preview.fill}</p>}>
        {(preview) => (
          <div classList={{ stale: props.isBusy }}>
            <Findings findings={preview().errors} kind="bad" known={props.known} />
            <Findings findings={preview().warnings} kind="warn" known={() => false} />
            <dl class="facts">
              <Fact label={t.preview.needs}>
                <Sum amount={preview().needed.quote} unit={unit().quote} />
                <Show when={preview().needed.base && preview().needed.base !== "0"}>
                  {" + "}
                  <Exact amount={preview().needed.base} unit={unit().base} />
                </Show>
              </Fact>
              <Fact label={t.preview.free}>
                <Sum amount={preview().free.quote} unit={unit().quote} />
              </Fact>
              <Show when={preview().round_profit}>
                <Fact label={t.preview.round}>
                  <Gain amount={preview().round_profit} unit={unit().quote} />
                </Fact>
              </Show>
              <Show when={preview().break_even}>
                <Fact label={t.preview.breakEven}>
                  <AtTick amount={preview().break_even} decimals={props.decimals} unit={unit().quote} />
                </Fact>
              </Show>
              <Show when={preview().loss_at_stop}>
                <Fact label={t.preview.loss}>
                  <Sum amount={preview().loss_at_stop} unit={unit().quote} />
                </Fact>
              </Show>
            </dl>
            <Show when={preview().levels.length > 0}>
              <Table
                label={t.preview.levels}
                empty=""
                rows={preview().levels}
                columns={[
                  { label: t.orders.side, cell: (level) => <Side side={level.side} /> },
                  {
                    label: t.orders.purpose,
                    cell: (level) => (
                      <span
                        classList={{ faint: !level.is_placed_at_start }}
                        title={level.is_placed_at_start ? t.preview.atStart : t.preview.later}
                      >
                        {purposeOf(level.purpose, level.level)}
                      </span>
                    ),
                  },
                  {
                    label: t.orders.price,
                    isNumber: true,
                    cell: (level) => (
                      // As the journeys compare it with the orders that are placed.
                      <span data-placed={placed(level)}>
                        <Exact amount={level.price} decimals={props.decimals} />
                      </span>
                    ),
                  },
                  {
                    label: t.orders.quantity,
                    isNumber: true,
                    cell: (level) => <Exact amount={level.quantity} decimals={props.lot} unit={unit().base} />,
                  },
                  {
                    label: t.fills.quote,
                    isNumber: true,
                    cell: (level) => <Sum amount={level.quote} unit={unit().quote} />,
                  },
                  {
                    label: t.preview.exit,
                    isNumber: true,
                    cell: (level) => (
                      <For each={level.exits} fallback="–">
                        {(exit) => <Exact amount={exit.price} decimals={props.decimals} />}
                      </For>
                    ),
                  },
                ]}
              />
            </Show>
            <Show when={preview().times.length > 0}>
              <h3>{t.preview.times}</h3>
              <ol class="times">
                <For each={preview().times}>{(time) => <li>{moment(time)}</li>}</For>
              </ol>
            </Show>
          </div>
        )}
      </Show>
    </section>
  );
}

/** A limit order of the start, in the server's own digits. */
function placed(level: Preview["levels"][number]): string | undefined {
  const isResting = level.is_placed_at_start && level.order_type.type === "limit";
  return isResting ? `${level.side} ${level.quantity} at ${level.price}` : undefined;
}

/** Whether all that an error says is shown at fields. */
function onlyFields(error: unknown, known: (pointer: string) => boolean): boolean {
  return isProblem(error) && error.errors.length > 0 && error.errors.every(({ pointer }) => known(pointer));
}

function Fact(props: { label: string; children: import("solid-js").JSX.Element }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Findings(props: { findings: Preview["errors"]; kind: "bad" | "warn"; known: (pointer: string) => boolean }) {
  const shown = () => props.findings.filter(({ pointer }) => !props.known(pointer));
  return (
    <Show when={shown().length > 0}>
      <ul class={`findings ${props.kind}`}>
        <For each={shown()}>
          {({ pointer, message }) => (
            <li>
              <code>{pointer.replace("/config/", "")}</code> {message}
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
