import type { JSX } from "solid-js";

/** A page of one thing to do, without the frame. */
export function Plain(props: { title: string; children: JSX.Element }) {
  return (
    <main class="plain">
      <div class="plain-brand">BlockbotX</div>
      <section class="card">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </main>
  );
}
