import { createEffect, createUniqueId, type JSX, onCleanup, Show } from "solid-js";
import { t } from "../texts";

/** A native modal dialog. Escape and the cross close it. */
export function Dialog(props: { title: string; isOpen: boolean; onClose: () => void; children: JSX.Element }) {
  return (
    <Show when={props.isOpen}>
      <Opened {...props} />
    </Show>
  );
}

function Opened(props: { title: string; onClose: () => void; children: JSX.Element }) {
  const id = createUniqueId();
  let element: HTMLDialogElement | undefined;
  createEffect(() => element?.showModal());
  onCleanup(() => element?.close());
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="icon-button" aria-label={t.close} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
