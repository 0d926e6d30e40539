import { createSignal, createUniqueId, type JSX, Show, splitProps } from "solid-js";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => JSX.Element;
  unit?: string | undefined;
}

/** A labelled input with its hint and what is wrong with it. */
export function Field(props: FieldProps) {
  const id = createUniqueId();
  const describedBy = () => {
    const ids = [props.error && `${id}-error`, props.hint && `${id}-hint`].filter(Boolean);
    return ids.length > 0 ? ids.join(" ") : undefined;
  };
  return (
    <div class="field" classList={{ wrong: Boolean(props.error) }}>
      <label for={id}>{props.label}</label>
      <div class="control">
        {props.children({
          id,
          get describedBy() {
            return describedBy();
          },
          get invalid() {
            return Boolean(props.error);
          },
        })}
        <Show when={props.unit}>
          <span class="unit">{props.unit}</span>
        </Show>
      </div>
      <Show when={props.error}>
        <p class="field-error" id={`${id}-error`}>
          {props.error}
        </p>
      </Show>
      <Show when={props.hint}>
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      </Show>
    </div>
  );
}

type InputProps = Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "onInput"> & {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  unit?: string | undefined;
  onText: (text: string) => void;
};

export function Input(props: InputProps) {
  const [own, rest] = splitProps(props, ["label", "hint", "error", "unit", "onText"]);
  return (
    <Field label={own.label} hint={own.hint} error={own.error} unit={own.unit}>
      {(ids) => (
        <input
          type="text"
          autocomplete="off"
          {...rest}
          id={ids.id}
          aria-describedby={ids.describedBy}
          aria-invalid={ids.invalid}
          onInput={(event) => own.onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function TextArea(props: {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  rows: number;
  value: string;
  onText: (text: string) => void;
}) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(ids) => (
        <textarea
          id={ids.id}
          rows={props.rows}
          spellcheck={false}
          value={props.value}
          aria-describedby={ids.describedBy}
          aria-invalid={ids.invalid}
          onInput={(event) => props.onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function Select(props: {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onPick: (value: string) => void;
  disabled?: boolean;
}) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(ids) => (
        <select
          id={ids.id}
          disabled={props.disabled}
          aria-describedby={ids.describedBy}
          aria-invalid={ids.invalid}
          onChange={(event) => props.onPick(event.currentTarget.value)}
        >
          {props.options.map(([value, label]) => (
            <option value={value} selected={value === props.value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check(props: {
  label: string;
  hint?: string | undefined;
  checked: boolean;
  onCheck: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={props.checked} onChange={(event) => props.onCheck(event.currentTarget.checked)} />
      <span>
        {props.label}
        <Show when={props.hint}>
          <small>{props.hint}</small>
        </Show>
      </span>
    </label>
  );
}

/** A write that is under way, and what it was answered. */
export function createAction<A extends unknown[], T>(run: (...args: A) => Promise<T>) {
  const [isBusy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>(null);
  const act = async (...args: A): Promise<T | undefined> => {
    if (isBusy()) return undefined;
    setBusy(true);
    setError(null);
    try {
      return await run(...args);
    } catch (failed) {
      setError(failed);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { act, isBusy, error, clear: () => setError(null) };
}

/** A form that its button or Enter sends. */
export function Form(props: { onSend: () => void; children: JSX.Element; class?: string }) {
  return (
    <form
      class={props.class ?? "form"}
      novalidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSend();
      }}
    >
      {props.children}
    </form>
  );
}
