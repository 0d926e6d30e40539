import { isProblem } from "@blockbotx/client";
import { createSignal, ErrorBoundary, For, type JSX, Show } from "solid-js";
import { report } from "../lib/errors";
import { said } from "../lib/problem";
import { t } from "../texts";

/** A part of a page whose failure leaves the rest of it as it is. */
export function Panel(props: { children: JSX.Element }) {
  return (
    <ErrorBoundary
      fallback={(error, reset) => {
        report(error);
        return <ErrorBox error={error} retry={reset} />;
      }}
    >
      {props.children}
    </ErrorBoundary>
  );
}

/** What went wrong: title, detail, fields that no input shows, and the request's id to copy. */
export function ErrorBox(props: { error: unknown; known?: (pointer: string) => boolean; retry?: () => void }) {
  const what = () => said(props.error);
  const fields = () => what().fields.filter(({ pointer }) => !props.known?.(pointer));
  const [copied, setCopied] = createSignal(false);
  const copy = async (id: string) => {
    await navigator.clipboard?.writeText(id);
    setCopied(true);
  };
  return (
    <Show when={props.error}>
      <div class="alert" role="alert">
        <strong>{what().title}</strong>
        <Show when={what().detail}>
          <p>{what().detail}</p>
        </Show>
        <Show when={fields().length > 0}>
          <ul>
            <For each={fields()}>
              {({ pointer, message }) => (
                <li>
                  <Show when={pointer}>
                    <code>{pointer}</code>{" "}
                  </Show>
                  {message}
                </li>
              )}
            </For>
          </ul>
        </Show>
        <div class="alert-foot">
          <Show when={props.retry}>
            {(retry) => (
              <button type="button" class="button small" onClick={() => retry()()}>
                {t.again}
              </button>
            )}
          </Show>
          <Show when={isProblem(props.error, "entitlement_exceeded")}>
            <a class="button small" href="/billing">
              {t.errors.plans}
            </a>
          </Show>
          <Show when={what().requestId}>
            {(id) => (
              <button type="button" class="link faint" onClick={() => copy(id())} title={t.errors.copy}>
                {copied() ? t.copied : t.errors.request(id())}
              </button>
            )}
          </Show>
        </div>
      </div>
    </Show>
  );
}
