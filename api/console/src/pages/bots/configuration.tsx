import { isProblem } from "@blockbotx/client";
import { createMemo, createSignal, For, Show } from "solid-js";
import { api, queries, unwrap } from "../../lib/api";
import { build, flatten, type Texts } from "../../lib/config";
import { type Bot, type Connection, paperOf } from "../../lib/data";
import { createDraft } from "../../lib/draft";
import { isFresh } from "../../lib/live";
import { exact } from "../../lib/money";
import { fieldsOf } from "../../lib/problem";
import { day, moment } from "../../lib/time";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { createAction, Form } from "../../ui/form";
import { FIELDS, fieldsFor, type Kind, labelOf, textsOf } from "./fields";
import { byPath, Fields, isAsked, isField } from "./form";
import { createPreview, Shown } from "./preview";
import { Rules } from "./strategy";

interface Props {
  bot: Bot;
  connection: Connection | undefined;
  decimals: number | undefined;
  lot: number | undefined;
}

/** What the bot is told to do, and a form to change it. */
export default function Configuration(props: Props) {
  const [isEdited, setEdited] = createDraft(`edited ${props.bot.id}`, false);
  const kind = () => props.bot.type as Kind;
  const rows = () =>
    Object.entries(flatten(props.bot.config))
      .filter(([path]) => path !== "/type")
      .map(([path, text]) => ({ path, label: labelOf(kind(), path).label, text: shown(kind(), path, text) }));
  /** Typed over a version of the bot that is not the newest any more, to be put over the newest. */
  const [typed, setTyped] = createSignal<{ texts: Texts }>({ texts: {} });
  const rebase = async (texts: Texts) => {
    await queries.invalidateQueries({ queryKey: ["bot", props.bot.id, "bot"] });
    setTyped({ texts });
  };
  const close = () => {
    setTyped({ texts: {} });
    setEdited(false);
  };
  const edit = () => (
    <Show when={typed()} keyed>
      {({ texts }) => <Edit {...props} typed={texts} onRebase={rebase} onClose={close} />}
    </Show>
  );
  return (
    <Show when={!isEdited()} fallback={edit()}>
      <Show when={kind() === "strategy"}>
        <Rules config={props.bot.config} />
      </Show>
      <dl class="settings">
        <For each={rows()}>
          {({ label, text }) => (
            <div>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          )}
        </For>
      </dl>
      <p class="faint">
        {t.configuration.facts(day(props.bot.created_at), moment(props.bot.updated_at), props.bot.version)}
      </p>
      <button type="button" class="button" onClick={() => setEdited(true)}>
        {t.configuration.edit}
      </button>
    </Show>
  );
}

function shown(kind: Kind, path: string, text: string): string {
  const field = FIELDS[kind]?.find((one) => one.path === path);
  if (field?.type === "money") return exact(text);
  if (text === "true" || text === "false") return t.choices[text];
  return t.choices[text as keyof typeof t.choices] ?? text;
}

function Edit(props: Props & { typed: Texts; onRebase: (typed: Texts) => Promise<void>; onClose: () => void }) {
  // What was stored when the form was opened: an event must not change what is being typed.
  const { type, symbol } = props.bot;
  const [opened] = createDraft(`opened ${props.bot.id}`, {
    version: props.bot.version,
    stored: JSON.parse(JSON.stringify(props.bot.config)) as Bot["config"],
  });
  const { version, stored } = opened();
  const kind = type as Kind;
  const fields = fieldsFor(kind, stored);
  const before: Texts = { ...flatten(stored), ...textsOf(kind, stored) };
  const label = (path: string) => fields.find((one) => one.path === path)?.label ?? labelOf(kind, path).label;
  const [texts, setTexts] = createDraft<Texts>(`bot ${props.bot.id}`, { ...before, ...props.typed });
  const config = createMemo(() =>
    build(stored, fields, texts(), (path) => {
      const field = fields.find((one) => one.path === path);
      return field !== undefined && isAsked(field, texts());
    }),
  );
  const changes = () =>
    fields.filter(
      ({ path }) =>
        (before[path] ?? "") !== (texts()[path] ?? "") && !((before[path] ?? "") === "" && texts()[path] === "false"),
    );
  const preview = createPreview(() => ({
    connection_id: props.bot.connection_id,
    ...(paperOf(props.connection) ? {} : { symbol }),
    config: config(),
  }));
  const save = createAction(async () => {
    const bot = await unwrap(
      api.PATCH("/api/v1/bots/{id}", {
        params: { path: { id: props.bot.id } },
        body: { config: config() as never, version },
      }),
    );
    queries.setQueryData(["bot", bot.id, "bot"], bot);
    props.onClose();
  });
  const rebase = createAction(() =>
    props.onRebase(Object.fromEntries(changes().map(({ path }) => [path, texts()[path] ?? ""]))),
  );
  const failed = () => Object.entries(fieldsOf(save.error())).map(([pointer, message]) => ({ pointer, message }));
  const known = (pointer: string) => isField(fields, pointer);
  return (
    <div class="split">
      <Form class="form split-form" onSend={() => void save.act()}>
        <Fields
          kind={kind}
          fields={fields}
          symbol={symbol}
          texts={texts()}
          wrong={{ ...byPath(preview.errors()), ...byPath(failed()) }}
          warned={byPath(preview.preview()?.warnings ?? [])}
          onText={(path, text) => setTexts((all) => ({ ...all, [path]: text }))}
        />
        <Show when={changes().length > 0}>
          <table class="changes">
            <caption>{t.configuration.changes}</caption>
            <tbody>
              <For each={changes()}>
                {({ path }) => (
                  <tr>
                    <th scope="row">{label(path)}</th>
                    <td>{before[path] || "–"}</td>
                    <td aria-hidden="true">→</td>
                    <td>
                      <strong>{texts()[path] || "–"}</strong>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </Show>
        <ErrorBox error={save.error()} known={known} />
        <Show when={isProblem(save.error(), "version_conflict")}>
          <p class="notice">
            {t.configuration.conflict}{" "}
            <button type="button" class="button small" disabled={rebase.isBusy()} onClick={() => void rebase.act()}>
              {t.configuration.rebase}
            </button>
          </p>
        </Show>
        <div class="form-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            {t.cancel}
          </button>
          <button type="submit" class="button primary" disabled={save.isBusy() || changes().length === 0 || !isFresh()}>
            {t.configuration.save}
          </button>
        </div>
      </Form>
      <Shown
        symbol={symbol}
        preview={preview.preview()}
        error={preview.error()}
        isBusy={preview.isBusy()}
        decimals={props.decimals}
        lot={props.lot}
        known={known}
      />
    </div>
  );
}
