/** The time, for what grows old by itself. */
import { createSignal } from "solid-js";

const EVERY_MS = 2_000;
const [now, setNow] = createSignal(Date.now());
setInterval(() => setNow(Date.now()), EVERY_MS);

export { now };
