/** Asks once who is there, for however many requests wait for it. The dialog is in `ui/step-up.tsx`. */
import { createSignal } from "solid-js";

const [isAsked, setAsked] = createSignal(false);

export { isAsked };

let asked: { promise: Promise<boolean>; resolve: (confirmed: boolean) => void } | null = null;

export function askStepUp(): Promise<boolean> {
  if (!asked) {
    const { promise, resolve } = withResolvers();
    asked = { promise, resolve };
    setAsked(true);
  }
  return asked.promise;
}

export function answerStepUp(confirmed: boolean): void {
  asked?.resolve(confirmed);
  asked = null;
  setAsked(false);
}

function withResolvers() {
  let resolve: (confirmed: boolean) => void = () => {};
  const promise = new Promise<boolean>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
