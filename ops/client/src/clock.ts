/** Time and chance, so that tests can hold them. */
export interface Clock {
  now(): number;
  random(): number;
  /** Runs a task later; answers what takes that back. */
  after(ms: number, task: () => void): () => void;
}

/** The machine's. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** Fails when a task takes longer than this by the clock. What comes of it later is nobody's. */
export async function within<T>(clock: Clock, ms: number, what: string, task: () => T | Promise<T>): Promise<T> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error(`${what} took longer than ${ms / 1000} s`)));
  });
  try {
    return await Promise.race([task(), late]);
  } finally {
    cancel();
  }
}

const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Waits that double, each with a part left to chance, so that many clients do not come back at once. */
export class Backoff {
  #next = FIRST_MS;
  readonly #clock: Clock;
  readonly #longest: number;

  constructor(clock: Clock, longest = LONGEST_MS) {
    this.#clock = clock;
    this.#longest = longest;
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const wait = this.#next * (0.5 + this.#clock.random());
    this.#next = Math.min(this.#next * 2, this.#longest);
    return wait;
  }

  reset(): void {
    this.#next = FIRST_MS;
  }
}
