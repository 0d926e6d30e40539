import { Show } from "solid-js";
import { curve } from "../chart/curve";
import { exact } from "../lib/money";

const WIDTH = 1000;
const HEIGHT = 200;

/** Amounts over time. What matters of it is said in figures beside it. */
export function Curve(props: { label: string; amounts: readonly string[]; from: string; to: string; unit: string }) {
  const paths = () => curve(props.amounts, WIDTH, HEIGHT);
  const end = (amount: string | undefined) => (amount === undefined ? "–" : `${exact(amount)} ${props.unit}`);
  return (
    <Show when={paths().line}>
      <figure class="chart-box curve">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={props.label}>
          <path class="curve-peak" d={paths().peak} />
          <path class="curve-line" d={paths().line} />
        </svg>
        <figcaption>
          <span>
            {props.from}: {end(props.amounts[0])}
          </span>
          <span>
            {props.to}: {end(props.amounts.at(-1))}
          </span>
        </figcaption>
      </figure>
    </Show>
  );
}
