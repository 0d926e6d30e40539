import { createSignal, For, Show } from "solid-js";
import { api, queries, unwrap } from "../../lib/api";
import { type Bot, type Connection, isReal } from "../../lib/data";
import { isFresh } from "../../lib/live";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction } from "../../ui/form";

type Act = "start" | "pause" | "resume" | "stop" | "panic" | "delete";
const AT_REST = ["draft", "stopped", "error"];

/** What can be done with a bot now. */
function possible(status: string): Act[] {
  if (AT_REST.includes(status)) return status === "error" ? ["start", "stop", "panic", "delete"] : ["start", "delete"];
  if (status === "paused") return ["resume", "stop", "panic"];
  if (status === "running" || status === "waiting_funds") return ["pause", "stop", "panic"];
  return ["stop", "panic"];
}

/** Nothing new is opened until figures are up to date; what ends trading never waits. */
const waits = (act: Act) => (act === "start" || act === "resume") && !isFresh();

export function Actions(props: { bot: Bot; connection: Connection | undefined; onDeleted: () => void }) {
  const [asked, setAsked] = createSignal<Act | null>(null);
  return (
    <div class="actions">
      <Feed connection={props.connection} />
      <For each={possible(props.bot.status)}>
        {(act) => (
          <button
            type="button"
            class="button"
            classList={{ primary: act === "start" || act === "resume", danger: act === "panic" || act === "delete" }}
            disabled={waits(act)}
            title={waits(act) ? t.pill.waits : undefined}
            onClick={() => setAsked(act)}
          >
            {t.actions[act].button}
          </button>
        )}
      </For>
      <Show when={asked()}>
        {(act) => (
          <Confirm
            act={act()}
            bot={props.bot}
            connection={props.connection}
            onClose={() => setAsked(null)}
            onDeleted={props.onDeleted}
          />
        )}
      </Show>
    </div>
  );
}

/** The prices of a paper account stand still until somebody starts them. */
function Feed(props: { connection: Connection | undefined }) {
  const feed = () => props.connection?.feed;
  const toggle = createAction(async (action: "start" | "pause") => {
    const id = props.connection?.id ?? "";
    await unwrap(api.POST("/api/v1/exchange-connections/{id}/feed", { params: { path: { id } }, body: { action } }));
    await queries.invalidateQueries({ queryKey: ["connections"] });
  });
  return (
    <Show when={feed()?.status === "paused" || feed()?.status === "running"}>
      <button
        type="button"
        class="button"
        disabled={toggle.isBusy()}
        title={t.feed.hint}
        onClick={() => void toggle.act(feed()?.status === "running" ? "pause" : "start")}
      >
        {feed()?.status === "running" ? t.feed.pause : t.feed.start}
      </button>
    </Show>
  );
}

function Confirm(props: {
  act: Act;
  bot: Bot;
  connection: Connection | undefined;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const [mode, setMode] = createSignal<"finish" | "keep" | "sell">("finish");
  const send = createAction(async () => {
    const params = { path: { id: props.bot.id } };
    const calls = {
      start: () => api.POST("/api/v1/bots/{id}/start", { params }),
      pause: () => api.POST("/api/v1/bots/{id}/pause", { params }),
      resume: () => api.POST("/api/v1/bots/{id}/resume", { params }),
      stop: () => api.POST("/api/v1/bots/{id}/stop", { params, body: { mode: mode() } }),
      panic: () => api.POST("/api/v1/bots/{id}/panic-close", { params }),
    };
    if (props.act === "delete") {
      await unwrap(api.DELETE("/api/v1/bots/{id}", { params }));
      await queries.invalidateQueries({ queryKey: ["bots"] });
      props.onDeleted();
      return;
    }
    const bot = await unwrap(calls[props.act]());
    queries.setQueryData(["bot", bot.id, "bot"], bot);
    void queries.invalidateQueries({ queryKey: ["bots"] });
    props.onClose();
  });
  const words = () => t.actions[props.act];
  return (
    <Dialog title={words().title(props.bot.name)} isOpen onClose={props.onClose}>
      <p class="change">
        <span>{t.status[props.bot.status as keyof typeof t.status]}</span>
        <span aria-hidden="true">→</span>
        <strong>{words().after}</strong>
      </p>
      <p>{words().text}</p>
      <Show
        when={isReal(props.connection) && (props.act === "start" || props.act === "resume" || props.act === "panic")}
      >
        <p class="notice bad">{t.actions.real}</p>
      </Show>
      <Show when={!isFresh()}>
        <p class="notice">{t.pill.oldFigures}</p>
      </Show>
      <Show when={props.act === "stop"}>
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
      </Show>
      <ErrorBox error={send.error()} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => props.onClose()}>
          {t.cancel}
        </button>
        <button
          type="button"
          class="button"
          classList={{
            primary: props.act === "start" || props.act === "resume",
            danger: props.act !== "start" && props.act !== "resume",
          }}
          disabled={send.isBusy() || waits(props.act)}
          onClick={() => void send.act()}
        >
          {words().button}
        </button>
      </div>
    </Dialog>
  );
}
