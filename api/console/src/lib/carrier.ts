/**
 * Whether the server carries what happens to sockets. Without Redis a gateway keeps its sockets open, and nothing comes: what
 * is shown would grow old behind a connection that looks well.
 */

/** How often it is asked, once a question was answered with no, and while it is known that nothing is carried. */
const EVERY_MS = 5_000;
const AGAIN_MS = 1_000;
/** Answers in a row that say no before it is believed: one may have been a slow moment. */
const CERTAIN = 2;

export class Carrier {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #denials = 0;
  /** Counts starts: an answer to a question of an earlier one is void. */
  #turn = 0;

  /** `ask` answers null where it is not known. `told` hears each change. */
  constructor(
    private readonly ask: () => Promise<boolean | null>,
    private readonly told: (isCarried: boolean) => void,
  ) {}

  get isCarried(): boolean {
    return this.#denials < CERTAIN;
  }

  start(): void {
    this.stop();
    this.#wait(EVERY_MS, this.#turn);
  }

  stop(): void {
    this.#turn++;
    this.#denials = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(ms: number, turn: number): void {
    this.#timer = setTimeout(() => void this.#look(turn), ms);
  }

  async #look(turn: number): Promise<void> {
    const answer = await this.ask().catch(() => null);
    if (turn !== this.#turn) return;
    const before = this.isCarried;
    if (answer === true) this.#denials = 0;
    else if (answer === false) this.#denials++;
    if (this.isCarried !== before) this.told(this.isCarried);
    this.#wait(this.#denials > 0 ? AGAIN_MS : EVERY_MS, turn);
  }
}
