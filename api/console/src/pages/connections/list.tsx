import { isProblem } from "@blockbotx/client";
import { A } from "@solidjs/router";
import { createSignal, For, type JSX, Show } from "solid-js";
import { api, queries, unwrap } from "../../lib/api";
import { type Connection, paperOf, useConnections } from "../../lib/data";
import { exact } from "../../lib/money";
import { fieldsOf } from "../../lib/problem";
import { day, moment } from "../../lib/time";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { Check, createAction, Form, Input } from "../../ui/form";
import { Copy, Empty, Loading, Money } from "../../ui/parts";
import { Title } from "../../ui/title";

const refresh = () => queries.invalidateQueries({ queryKey: ["connections"] });

export default function Connections() {
  const connections = useConnections(5_000);
  return (
    <>
      <div class="title-row">
        <Title text={t.connections.title} />
        <Show when={(connections.data?.length ?? 0) > 0}>
          <A class="button primary" href="/connections/new">
            {t.connections.create}
          </A>
        </Show>
      </div>
      <ErrorBox error={connections.error} retry={() => connections.refetch()} />
      <Show when={!connections.isPending} fallback={<Loading />}>
        <Show
          when={(connections.data?.length ?? 0) > 0}
          fallback={<Empty text={t.connections.none} action={t.connections.create} href="/connections/new" />}
        >
          <div class="cards">
            <For each={connections.data}>{(connection) => <Card connection={connection} />}</For>
          </div>
        </Show>
      </Show>
    </>
  );
}

type Asked = "rotate" | "live" | "delete" | null;

function Card(props: { connection: Connection }) {
  const [asked, setAsked] = createSignal<Asked>(null);
  const isPaper = () => props.connection.venue === "paper";
  return (
    <article class="card connection">
      <header>
        <h2>{props.connection.label}</h2>
        <Money account={props.connection} />
      </header>
      <Show when={isPaper()} fallback={<Exchange connection={props.connection} />}>
        <Paper connection={props.connection} />
      </Show>
      <p class="faint">{t.connections.facts(props.connection.bots, day(props.connection.created_at))}</p>
      <footer class="row-actions">
        <Show when={!isPaper()}>
          <button type="button" class="button small" onClick={() => setAsked("rotate")}>
            {t.connections.rotate}
          </button>
          <Show when={!props.connection.testnet && !props.connection.live_confirmed_at}>
            <button type="button" class="button small" onClick={() => setAsked("live")}>
              {t.connections.live}
            </button>
          </Show>
        </Show>
        <button type="button" class="button small danger" onClick={() => setAsked("delete")}>
          {t.connections.delete}
        </button>
      </footer>
      <Show when={asked() === "rotate"}>
        <Rotate connection={props.connection} onClose={() => setAsked(null)} />
      </Show>
      <Show when={asked() === "live"}>
        <Confirm
          title={t.connections.liveTitle}
          text={t.connections.liveText(props.connection.label)}
          button={t.connections.live}
          send={() =>
            unwrap(
              api.POST("/api/v1/exchange-connections/{id}/confirm-live", {
                params: { path: { id: props.connection.id } },
              }),
            )
          }
          onClose={() => setAsked(null)}
        />
      </Show>
      <Show when={asked() === "delete"}>
        <Confirm
          title={t.connections.deleteTitle(props.connection.label)}
          text={isPaper() ? t.connections.deletePaper : t.connections.deleteKeys}
          button={t.connections.delete}
          send={() =>
            unwrap(api.DELETE("/api/v1/exchange-connections/{id}", { params: { path: { id: props.connection.id } } }))
          }
          onClose={() => setAsked(null)}
        />
      </Show>
    </article>
  );
}

function Paper(props: { connection: Connection }) {
  const feed = () => props.connection.feed;
  const toggle = createAction(async (action: "start" | "pause") => {
    await unwrap(
      api.POST("/api/v1/exchange-connections/{id}/feed", {
        params: { path: { id: props.connection.id } },
        body: { action },
      }),
    );
    await refresh();
  });
  return (
    <>
      <dl class="facts">
        <Fact label={t.bots.market}>{paperOf(props.connection)?.symbol}</Fact>
        <Fact label={t.feed.title}>{t.feed.status[feed()?.status ?? "paused"]}</Fact>
        <Fact label={t.feed.at}>{feed()?.data_time ? moment(feed()?.data_time ?? "") : "–"}</Fact>
        <Fact label={t.orders.price}>{feed()?.price ? exact(feed()?.price ?? "") : "–"}</Fact>
      </dl>
      <Show when={feed()?.error}>{(error) => <p class="notice bad">{error()}</p>}</Show>
      <ErrorBox error={toggle.error()} />
      <Show when={feed()?.status === "paused" || feed()?.status === "running"}>
        <button
          type="button"
          class="button small"
          disabled={toggle.isBusy()}
          onClick={() => void toggle.act(feed()?.status === "running" ? "pause" : "start")}
        >
          {feed()?.status === "running" ? t.feed.pause : t.feed.start}
        </button>
      </Show>
    </>
  );
}

/** The key, and what the exchange says that it may do. */
function Exchange(props: { connection: Connection }) {
  const test = createAction(() =>
    unwrap(api.POST("/api/v1/exchange-connections/{id}/test", { params: { path: { id: props.connection.id } } })),
  );
  const [result, setResult] = createSignal<Awaited<ReturnType<typeof test.act>>>();
  const run = async () => setResult(await test.act());
  return (
    <>
      <dl class="facts">
        <Fact label={t.connections.key}>…{props.connection.key_hint}</Fact>
        <Show when={!props.connection.testnet}>
          <Fact label={t.connections.real}>
            {props.connection.live_confirmed_at
              ? t.connections.realSince(day(props.connection.live_confirmed_at))
              : t.connections.realNot}
          </Fact>
        </Show>
      </dl>
      <button type="button" class="button small" disabled={test.isBusy()} onClick={() => void run()}>
        {test.isBusy() ? t.connections.testing : t.connections.test}
      </button>
      <ErrorBox error={test.error()} />
      <Show when={result()}>
        {(found) => (
          <div class="key-test" role="status">
            <p class={found().ok ? "said good" : "said bad"}>
              {found().ok ? t.connections.works : (found().message ?? t.connections.fails)}
            </p>
            <Show when={found().remedy}>{(remedy) => <p>{remedy()}</p>}</Show>
            <Show when={found().permissions}>
              {(permissions) => (
                <ul class="permissions">
                  <For each={["read", "trade_spot", "withdraw", "bound_to_addresses"] as const}>
                    {(name) => <Permission name={name} value={permissions()[name]} />}
                  </For>
                </ul>
              )}
            </Show>
            <Show when={found().addresses.length > 0}>
              <p>
                {t.connections.addresses} <code>{found().addresses.join(", ")}</code>{" "}
                <Copy text={found().addresses.join(" ")} />
              </p>
            </Show>
          </div>
        )}
      </Show>
    </>
  );
}

/** Good where it is as it should be: a key that can withdraw is bad news. */
function Permission(props: { name: keyof typeof t.permissions; value: boolean | null | undefined }) {
  const wanted = () => props.name !== "withdraw";
  const tone = () =>
    props.value === null || props.value === undefined ? "unknown" : props.value === wanted() ? "good" : "bad";
  const words = () => t.permissions[props.name];
  return (
    <li class={tone()}>
      {props.value === null || props.value === undefined ? words().unknown : props.value ? words().yes : words().no}
    </li>
  );
}

function Fact(props: { label: string; children: JSX.Element }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Confirm(props: {
  title: string;
  text: string;
  button: string;
  send: () => Promise<unknown>;
  onClose: () => void;
}) {
  const send = createAction(async () => {
    await props.send();
    await refresh();
    props.onClose();
  });
  return (
    <Dialog title={props.title} isOpen onClose={props.onClose}>
      <p>{props.text}</p>
      <ErrorBox error={send.error()} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onClose()}>
          {t.cancel}
        </button>
        <button type="button" class="button danger" disabled={send.isBusy()} onClick={() => void send.act()}>
          {props.button}
        </button>
      </div>
    </Dialog>
  );
}

function Rotate(props: { connection: Connection; onClose: () => void }) {
  // Of when the dialog was opened: what somebody else has changed since is refused, not overwritten.
  const { version } = props.connection;
  const [key, setKey] = createSignal("");
  const [secret, setSecret] = createSignal("");
  const [passphrase, setPassphrase] = createSignal("");
  const [abandons, setAbandons] = createSignal(false);
  /** The keys were refused for being those of another account, while orders are open at the one before. */
  const [isOther, setOther] = createSignal(false);
  const hasPassphrase = () => props.connection.venue === "okx";
  const send = createAction(async () => {
    const answer = unwrap(
      api.POST("/api/v1/exchange-connections/{id}/rotate", {
        params: { path: { id: props.connection.id } },
        body: {
          key: key().trim(),
          secret: secret().trim(),
          ...(hasPassphrase() && { passphrase: passphrase() }),
          abandon_orders: isOther() && abandons(),
          version,
        },
      }),
    );
    await answer.catch((error) => {
      if (isProblem(error, "other_account")) setOther(true);
      throw error;
    });
    await refresh();
    props.onClose();
  });
  // Other keys may be of another account again: what was agreed to was about these.
  const typed = (set: (text: string) => void) => (text: string) => {
    setOther(false);
    setAbandons(false);
    set(text);
  };
  const wrong = () => fieldsOf(send.error());
  return (
    <Dialog title={t.connections.rotateTitle(props.connection.label)} isOpen onClose={props.onClose}>
      <Form onSend={() => void send.act()}>
        <p>{t.connections.rotateText}</p>
        <Input
          label={t.connections.key}
          value={key()}
          onText={typed(setKey)}
          error={wrong()["/key"]}
          spellcheck={false}
        />
        <Input
          label={t.connections.secret}
          type="password"
          autocomplete="off"
          value={secret()}
          onText={typed(setSecret)}
          error={wrong()["/secret"]}
        />
        <Show when={hasPassphrase()}>
          <Input
            label={t.connections.passphrase}
            type="password"
            autocomplete="off"
            value={passphrase()}
            onText={typed(setPassphrase)}
            error={wrong()["/passphrase"]}
          />
        </Show>
        <ErrorBox error={send.error()} known={(pointer) => pointer in wrong()} />
        <Show when={isOther()}>
          <Check
            label={t.connections.abandon}
            hint={t.connections.abandonHint}
            checked={abandons()}
            onCheck={setAbandons}
          />
        </Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            {t.cancel}
          </button>
          <button
            type="submit"
            class="button"
            classList={{ primary: !isOther(), danger: isOther() }}
            disabled={send.isBusy() || (isOther() && !abandons())}
          >
            {t.connections.rotate}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
