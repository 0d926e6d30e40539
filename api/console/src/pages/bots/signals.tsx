import type { Schemas } from "@blockbotx/client";
import { createSignal, Show } from "solid-js";
import { isOld } from "../../lib/age";
import { api, unwrap } from "../../lib/api";
import { type Bot, isMoving } from "../../lib/data";
import { assets, exact } from "../../lib/money";
import { now } from "../../lib/now";
import { useInfiniteQuery } from "../../lib/query";
import { type Message, message } from "../../lib/signals";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { signals as words } from "../../texts/signals";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction, Select } from "../../ui/form";
import { Copy, Fresh } from "../../ui/parts";
import { Paged } from "../../ui/table";

type Signal = Schemas["Signal"];

/** A signal is no event of its own: while the bot runs they are asked for. */
const EVERY_MS = 5_000;

/** Where signals to a bot are sent, what they prove themselves with, and what became of the last ones. */
export default function Signals(props: { bot: Bot }) {
  const [isMaking, setMaking] = createSignal(false);
  const address = () => `${location.origin}/api/v1/hooks/${props.bot.id}`;
  return (
    <>
      <div class="signals">
        <p class="lead">{words.lead}</p>
        <div class="signal-address">
          <span>{words.address}</span>
          <code>{address()}</code>
          <Copy text={address()} />
          <button type="button" class="button primary" onClick={() => setMaking(true)}>
            {words.secret.make}
          </button>
        </div>
        <List bot={props.bot} />
        <Alert secret={null} />
      </div>
      <Show when={isMaking()}>
        <Make bot={props.bot} onClose={() => setMaking(false)} />
      </Show>
    </>
  );
}

/** The message of an alert, to copy; with the secret in it while it is known. */
function Alert(props: { secret: string | null }) {
  const [kind, setKind] = createSignal<Message>("enter");
  return (
    <section class="signal-message">
      <h3>{words.message.title}</h3>
      <Select
        label={words.message.of}
        value={kind()}
        options={words.message.kinds}
        onPick={(picked) => setKind(picked as Message)}
      />
      <pre class="token" tabindex="0">
        <code>{message(kind(), props.secret)}</code>
      </pre>
      <p class="hint">{props.secret ? words.message.safe : words.message.missing}</p>
      <Copy text={message(kind(), props.secret)} label={words.message.copy} />
    </section>
  );
}

function Make(props: { bot: Bot; onClose: () => void }) {
  const [secret, setSecret] = createSignal<string | null>(null);
  const make = createAction(async () => {
    const params = { path: { id: props.bot.id } };
    const made = await unwrap(api.POST("/api/v1/bots/{id}/signal-secret", { params }));
    setSecret(made.secret);
  });
  return (
    <Dialog title={secret() ? words.secret.label : words.secret.title} isOpen onClose={props.onClose}>
      <Show
        when={secret()}
        fallback={
          <>
            <p>{words.secret.text}</p>
            <ErrorBox error={make.error()} />
            <div class="dialog-foot">
              <button type="button" class="button" onClick={() => props.onClose()}>
                {t.cancel}
              </button>
              <button type="button" class="button primary" disabled={make.isBusy()} onClick={() => void make.act()}>
                {words.secret.button}
              </button>
            </div>
          </>
        }
      >
        {(made) => (
          <>
            <p>{words.secret.once}</p>
            <p class="token signal-secret">
              <code>{made()}</code>
            </p>
            <Copy text={made()} />
            <Alert secret={made()} />
            <div class="dialog-foot">
              <button type="button" class="button primary" onClick={() => props.onClose()}>
                {t.done}
              </button>
            </div>
          </>
        )}
      </Show>
    </Dialog>
  );
}

function List(props: { bot: Bot }) {
  const every = () => isMoving(props.bot.status) && EVERY_MS;
  const list = useInfiniteQuery(() => ({
    queryKey: ["bot", props.bot.id, "signals"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/bots/{id}/signals", {
          params: { path: { id: props.bot.id }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: every(),
  }));
  return (
    <Fresh isOld={isOld(list, every(), now())}>
      <Paged
        label={words.list}
        query={list}
        empty={words.none}
        columns={[
          { label: words.received, cell: (signal) => moment(signal.received_at) },
          { label: words.sent, cell: (signal) => (signal.sent_at ? moment(signal.sent_at) : "–") },
          { label: words.action, cell: (signal) => asks(signal, props.bot.symbol) },
          { label: words.name, cell: (signal) => <span class="signal-name">{signal.signal_id ?? "–"}</span> },
          { label: words.outcome, cell: (signal) => <Outcome signal={signal} /> },
        ]}
      />
    </Fresh>
  );
}

/** What a signal asks for, and of how much. */
function asks({ action, amount }: Signal, symbol: string): string {
  const what = words.actions[action as keyof typeof words.actions] ?? action;
  return amount ? `${what}: ${exact(amount.value)} ${{ ...words.of, ...assets(symbol) }[amount.unit]}` : what;
}

function Outcome(props: { signal: Signal }) {
  const why = () => {
    const { outcome, reason } = props.signal;
    if (outcome === "accepted") return words.waits;
    return reason ? (words.reasons[reason as keyof typeof words.reasons] ?? reason) : null;
  };
  return (
    <>
      <span class={`signal-outcome ${props.signal.outcome}`}>{words.outcomes[props.signal.outcome]}</span>
      <Show when={why()}>
        <small> {why()}</small>
      </Show>
    </>
  );
}
