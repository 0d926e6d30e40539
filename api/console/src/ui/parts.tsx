import { A } from "@solidjs/router";
import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from "solid-js";
import { isFresh } from "../lib/live";
import { t } from "../texts";

export type Account = { venue: string; testnet: boolean } | undefined;

/** Paper, testnet or live: by word and by shape. */
export function Money(props: { account: Account }) {
  const kind = (): keyof typeof t.money | null => {
    const account = props.account;
    if (!account) return null;
    if (account.venue === "paper") return "paper";
    return account.testnet ? "testnet" : "live";
  };
  return <Show when={kind()}>{(known) => <span class={`tag tag-${known()}`}>{t.money[known()]}</span>}</Show>;
}

const TONES: Record<string, string> = {
  running: "good",
  starting: "busy",
  stopping: "busy",
  waiting_funds: "warn",
  paused: "warn",
  error: "bad",
};

export function Status(props: { status: string; reason?: string | null | undefined }) {
  return (
    <span class={`status ${TONES[props.status] ?? "calm"}`} title={props.reason ?? undefined}>
      <i aria-hidden="true" />
      {t.status[props.status as keyof typeof t.status] ?? props.status}
    </span>
  );
}

export function Empty(props: { text: string; action?: string; href?: string }) {
  return (
    <div class="empty">
      <p>{props.text}</p>
      <Show when={props.href}>
        {(href) => (
          <A class="button primary" href={href()}>
            {props.action}
          </A>
        )}
      </Show>
    </div>
  );
}

export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {t.loading}
    </div>
  );
}

/** Figures; grey while it is not known whether they are up to date: no socket, or (`isOld`) no answer to what was asked. */
export function Fresh(props: { children: JSX.Element; class?: string; isOld?: boolean }) {
  return (
    <div class={props.class} classList={{ stale: !isFresh() || props.isOld === true }}>
      {props.children}
    </div>
  );
}

export function Tabs(props: {
  tabs: readonly (readonly [id: string, label: string])[];
  current: string;
  onPick: (id: string) => void;
}) {
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const ids = props.tabs.map(([id]) => id);
    const next = ids[(ids.indexOf(props.current) + step + ids.length) % ids.length];
    if (next === undefined) return;
    props.onPick(next);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      <For each={props.tabs}>
        {([id, label]) => (
          <button
            type="button"
            role="tab"
            data-tab={id}
            id={`tab-${id}`}
            aria-controls="tab-panel"
            aria-selected={props.current === id}
            tabindex={props.current === id ? 0 : -1}
            onClick={() => props.onPick(id)}
          >
            {label}
          </button>
        )}
      </For>
    </div>
  );
}

export function TabPanel(props: { current: string; children: JSX.Element }) {
  return (
    <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${props.current}`} class="tab-panel">
      {props.children}
    </div>
  );
}

/** Rows of which only those in view are in the document. */
export function Windowed<T>(props: {
  rows: readonly T[];
  height: number;
  children: (row: T, index: number) => JSX.Element;
}) {
  const EXTRA = 6;
  const [view, setView] = createSignal({ top: 0, height: 900 });
  let element: HTMLDivElement | undefined;
  const look = () => {
    if (!element) return;
    const { top } = element.getBoundingClientRect();
    setView({ top: Math.max(0, -top), height: innerHeight });
  };
  onMount(() => {
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look, { passive: true });
    onCleanup(() => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    });
  });
  const range = createMemo(
    () => {
      const first = Math.max(0, Math.floor(view().top / props.height) - EXTRA);
      const last = Math.min(props.rows.length, Math.ceil((view().top + view().height) / props.height) + EXTRA);
      return { first, last };
    },
    undefined,
    { equals: (a, b) => a.first === b.first && a.last === b.last },
  );
  const shown = createMemo(() => props.rows.slice(range().first, range().last));
  return (
    <div ref={element} role="rowgroup" style={{ height: `${props.rows.length * props.height}px` }} class="windowed">
      <div role="presentation" style={{ transform: `translateY(${range().first * props.height}px)` }}>
        <For each={shown()}>{(row, index) => props.children(row, range().first + index())}</For>
      </div>
    </div>
  );
}

/** A link that is a file to save, or text to copy. */
export function Copy(props: { text: string; label?: string }) {
  const [copied, setCopied] = createSignal(false);
  return (
    <button
      type="button"
      class="button small"
      onClick={async () => {
        await navigator.clipboard?.writeText(props.text);
        setCopied(true);
      }}
    >
      {copied() ? t.copied : (props.label ?? t.copy)}
    </button>
  );
}
