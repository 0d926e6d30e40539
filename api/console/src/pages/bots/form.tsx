import { createMemo, createSignal, For, Match, Switch } from "solid-js";
import type { Texts } from "../../lib/config";
import { assets } from "../../lib/money";
import { t } from "../../texts";
import { Check, Input, Select } from "../../ui/form";
import { type FieldSpec, type Kind, labelOf } from "./fields";

/** Whether a field is asked for, given what the others hold. */
export function isAsked(field: FieldSpec, texts: Texts): boolean {
  if (!field.when) return true;
  const [path, ...values] = field.when;
  return values.includes(texts[path] ?? "");
}

/** The fields of a kind of bot. What is wrong with each is said at it. */
export function Fields(props: {
  kind: Kind;
  fields: readonly FieldSpec[];
  symbol: string;
  texts: Texts;
  wrong: Record<string, string>;
  warned: Record<string, string>;
  onText: (path: string, text: string) => void;
}) {
  const [isOpen, setOpen] = createSignal(false);
  const asked = (isAdvanced: boolean) =>
    props.fields.filter((field) => Boolean(field.isAdvanced) === isAdvanced && isAsked(field, props.texts));
  // A mistake in what is folded away has to be seen.
  const hasHidden = createMemo(() => asked(true).some(({ path }) => props.wrong[path]));
  return (
    <>
      <div class="fields">
        <For each={asked(false)}>{(field) => <One {...props} field={field} />}</For>
      </div>
      <details
        class="more-fields"
        open={isOpen() || hasHidden()}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>{t.create.more}</summary>
        <div class="fields">
          <For each={asked(true)}>{(field) => <One {...props} field={field} />}</For>
        </div>
      </details>
    </>
  );
}

function One(props: {
  kind: Kind;
  symbol: string;
  texts: Texts;
  wrong: Record<string, string>;
  warned: Record<string, string>;
  onText: (path: string, text: string) => void;
  field: FieldSpec;
}) {
  const path = () => props.field.path;
  const words = () => (props.field.label ? { label: props.field.label, hint: undefined } : labelOf(props.kind, path()));
  const text = () => props.texts[path()] ?? "";
  const hint = () => props.warned[path()] ?? words().hint;
  const unit = () => {
    const { base, quote } = assets(props.symbol);
    switch (props.field.unit) {
      case "quote":
        return quote;
      case "base":
        return base;
      case "percent":
        return "%";
      case "seconds":
        return t.units.seconds;
      default:
        return undefined;
    }
  };
  return (
    <Switch
      fallback={
        <Input
          label={words().label}
          hint={hint()}
          error={props.wrong[path()]}
          unit={unit()}
          inputmode={props.field.type === "text" ? "text" : props.field.type === "count" ? "numeric" : "decimal"}
          value={text()}
          onText={(typed) => props.onText(path(), typed)}
        />
      }
    >
      <Match when={props.field.type === "select"}>
        <Select
          label={words().label}
          hint={hint()}
          error={props.wrong[path()]}
          value={text()}
          options={(props.field.options ?? []).map(
            (value) => [value, t.choices[value as keyof typeof t.choices] ?? value] as const,
          )}
          onPick={(picked) => props.onText(path(), picked)}
        />
      </Match>
      <Match when={props.field.type === "check"}>
        <Check
          label={words().label}
          hint={props.wrong[path()] ?? hint()}
          checked={text() === "true"}
          onCheck={(checked) => props.onText(path(), checked ? "true" : "false")}
        />
      </Match>
    </Switch>
  );
}

/** What fields are known by their pointer. */
export function isField(fields: readonly FieldSpec[], pointer: string): boolean {
  return fields.some(({ path }) => `/config${path}` === pointer);
}

/** Messages at `/config/…` by the path within the configuration. */
export function byPath(errors: readonly { pointer: string; message: string }[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { pointer, message } of errors) {
    if (pointer.startsWith("/config/")) found[pointer.slice("/config".length)] ??= message;
  }
  return found;
}
