/** Starts tasks one after the other, so that a long list of rows does not use up the budget of its user at once. */
export function pace(everyMs: number): <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting: { start: () => void; signal: AbortSignal | undefined }[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      // What nobody waits for any more takes no turn.
      if (next.signal?.aborted) continue;
      next.start();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    isRunning = false;
  };
  return (task, signal) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      waiting.push({ signal, start: () => void task().then(resolve, reject) });
      if (!isRunning) void run();
    });
}
