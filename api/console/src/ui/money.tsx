import { Show } from "solid-js";
import { atTick, exact, short, signOf } from "../lib/money";

const ARROWS = { gain: "▲", loss: "▼", even: "" };

/** A gain or a loss: sign and arrow, and colour besides. */
export function Gain(props: { amount: string | null | undefined; unit?: string | undefined }) {
  return (
    <Show when={props.amount} fallback={<span class="faint">–</span>}>
      {(amount) => (
        <span class={`pnl ${signOf(amount())}`} title={`${exact(amount())} ${props.unit ?? ""}`}>
          <Show when={signOf(amount()) !== "even"}>
            <span class="arrow" aria-hidden="true">
              {ARROWS[signOf(amount())]}
            </span>
          </Show>
          {signOf(amount()) === "gain" ? "+" : ""}
          {short(amount())}
          <Show when={props.unit}>
            <small> {props.unit}</small>
          </Show>
        </span>
      )}
    </Show>
  );
}

/** A sum without direction, cut for the eye; whole in its title. */
export function Sum(props: { amount: string | null | undefined; unit?: string | undefined }) {
  return (
    <Show when={props.amount} fallback={<span class="faint">–</span>}>
      {(amount) => (
        <span title={`${exact(amount())} ${props.unit ?? ""}`}>
          {short(amount())}
          <Show when={props.unit}>
            <small> {props.unit}</small>
          </Show>
        </span>
      )}
    </Show>
  );
}

/** A price or a quantity with all its digits. */
export function Exact(props: {
  amount: string | null | undefined;
  decimals?: number | undefined;
  unit?: string | undefined;
}) {
  return (
    <Show when={props.amount} fallback={<span class="faint">–</span>}>
      {(amount) => (
        <span>
          {exact(amount(), props.decimals)}
          <Show when={props.unit}>
            <small> {props.unit}</small>
          </Show>
        </span>
      )}
    </Show>
  );
}

/** A price that the server tells with more digits than a price has: at its tick here, whole in its title. */
export function AtTick(props: {
  amount: string | null | undefined;
  decimals: number | undefined;
  unit?: string | undefined;
}) {
  return (
    <Show when={props.amount} fallback={<span class="faint">–</span>}>
      {(amount) => (
        <span title={exact(amount())}>
          {props.decimals === undefined ? exact(amount()) : atTick(amount(), props.decimals)}
          <Show when={props.unit}>
            <small> {props.unit}</small>
          </Show>
        </span>
      )}
    </Show>
  );
}
