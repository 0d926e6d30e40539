/** What the chart is asked to show, by other parts of a page. */
import { createSignal } from "solid-js";

const [moment, setMoment] = createSignal<{ at: string } | null>(null);
export const focused = moment;

export function focusChart(at: string): void {
  setMoment({ at });
  document.querySelector(".chart")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
