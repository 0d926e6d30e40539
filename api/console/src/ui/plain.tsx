import type { JSX } from "solid-js";
import { Title } from "./title";

/** A page of one thing to do, without the frame. */
export function Plain(props: { title: string; children: JSX.Element }) {
  return (
    <main class="plain">
      <div class="plain-brand">BlockbotX</div>
      <section class="card">
        <Title text={props.title} />
        {props.children}
      </section>
    </main>
  );
}
