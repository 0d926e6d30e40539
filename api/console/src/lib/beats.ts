/**
 * Whether somebody who ought to answer still does. The one that wants to know asks: timers of a tab in the background are
 * held back by the browser, messages are not.
 */
export class Beats {
  #timer: ReturnType<typeof setInterval> | null = null;
  #unanswered = 0;

  /** `lost` is called once two questions have had no answer, and again with each further one. */
  constructor(
    private readonly ask: () => void,
    private readonly lost: () => void,
    private readonly everyMs: number,
  ) {}

  start(): void {
    this.stop();
    this.#timer = setInterval(() => {
      if (this.#unanswered >= 2) this.lost();
      this.#unanswered++;
      this.ask();
    }, this.everyMs);
  }

  /** An answer, or anything else from the one that is asked. */
  heard(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#unanswered = 0;
  }
}
