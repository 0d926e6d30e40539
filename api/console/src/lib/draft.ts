/** What was half typed when a session ended is there again when the same person comes back to the form. */
import { createSignal, onCleanup, type Signal } from "solid-js";
import { user } from "./api";

/** By person and form, in this page's memory only. */
const kept = new Map<string, unknown>();

/** A signal of a form. `keep` says what of it may be kept: no secrets. */
export function createDraft<T>(form: string, first: T, keep: (value: T) => T = (value) => value): Signal<T> {
  const person = user()?.id ?? "";
  const name = `${person} ${form}`;
  for (const other of kept.keys()) if (!other.startsWith(`${person} `)) kept.delete(other);
  const [value, setValue] = createSignal<T>(kept.has(name) ? (kept.get(name) as T) : first);
  kept.delete(name);
  onCleanup(() => {
    // Whoever leaves the page by a link or with the button that sends it is done with it.
    if (user() === null) kept.set(name, keep(value()));
  });
  return [value, setValue];
}

/** Whoever signs out leaves nothing behind. */
export function forgetDrafts(): void {
  kept.clear();
}
