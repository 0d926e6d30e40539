import { createEffect } from "solid-js";

/** What a page is about: its heading, and the title of the browser's tab. */
export function Title(props: { text: string }) {
  createEffect(() => {
    document.title = `${props.text} · BlockbotX`;
  });
  return <h1>{props.text}</h1>;
}
