/** Where a client is in its user's log, and how it gets to the log's end. The position never moves backwards. */
import { Backoff, type Clock, within } from "./clock.js";
import type { components } from "./schema.js";

type Event = components["schemas"]["Event"];

/** The last event that was dealt with. */
export interface Position {
  epoch: string;
  seq: number;
}

/** A page of the log. */
export type EventPage = Pick<components["schemas"]["EventPage"], "data" | "epoch" | "last_seq" | "resync">;

/** The longest that a page of the log, and everything that is shown, may take to be read. */
const PAGE_MS = 20_000;
const STATE_MS = 60_000;

interface Options {
  clock: Clock;
  position: Position | null;
  fetchAfter: (seq: number) => Promise<EventPage>;
  readState: () => void | Promise<void>;
  onEvent: (event: Event) => void;
  onError: (error: unknown) => void;
  onProgress: () => void;
}

export class CatchUp {
  readonly #options: Options;
  readonly #backoff: Backoff;
  #position: Position | null;
  /** The newest event that we know of. */
  #head = 0;
  /** Whether all that is shown has to be read before an event means anything. */
  #isStateDue: boolean;
  /** Reads the log; events of the socket only say how far. */
  #isReading = false;
  /** Counts histories: a state that was read for an earlier one is void. */
  #history = 0;
  /** Counts sockets: what was begun for an earlier one ends. */
  #turn = 0;
  #cancelWait = () => {};

  constructor(options: Options) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock);
    this.#position = options.position;
    this.#isStateDue = options.position === null;
  }

  get position(): Position | null {
    return this.#position && { ...this.#position };
  }

  /** Events that are known of and not told yet. */
  get pending(): number {
    return this.#position ? Math.max(0, this.#head - this.#position.seq) : 0;
  }

  /** Nothing is missing. */
  get isLive(): boolean {
    return !this.#isReading && !this.#isStateDue && this.pending === 0;
  }

  /** A socket is open, and this is the log's end. */
  welcome({ epoch, seq, resumed }: { epoch: string; seq: number; resumed: boolean }): void {
    if (this.#position === null) this.#position = { epoch, seq };
    if (this.#position.epoch !== epoch) this.#begin(epoch, seq);
    this.#head = seq;
    if (!resumed || this.#isStateDue) this.#read();
    this.#options.onProgress();
  }

  /** The gateway cannot prove that what it sends goes on from our position. */
  resync({ epoch, seq, why }: { epoch: string; seq: number; why: string }): void {
    if (why === "epoch" || this.#position?.epoch !== epoch) this.#begin(epoch, seq);
    this.#head = Math.max(this.#head, seq);
    this.#read();
  }

  /** An event of the socket. */
  event(event: Event): void {
    const position = this.#position;
    if (position === null || event.seq <= position.seq) return;
    this.#head = Math.max(this.#head, event.seq);
    if (!this.#isReading && event.seq === position.seq + 1) this.#deal(event);
    else this.#read();
    this.#options.onProgress();
  }

  /** What a ping says of the log's end. */
  head(seq: number): void {
    this.#head = Math.max(this.#head, seq);
    if (!this.#isReading && this.pending > 0) this.#read();
  }

  /** The socket is gone: the next one's `welcome` goes on from the position. */
  pause(): void {
    this.#turn++;
    this.#isReading = false;
    this.#cancelWait();
  }

  /** Another history, in which our numbers mean nothing. */
  #begin(epoch: string, seq: number): void {
    this.#position = { epoch, seq };
    this.#head = seq;
    this.#isStateDue = true;
    this.#history++;
  }

  #deal(event: Event): void {
    try {
      this.#options.onEvent(event);
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#position) this.#position.seq = event.seq;
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#readUntilLive(this.#turn);
  }

  async #readUntilLive(turn: number): Promise<void> {
    while (turn === this.#turn) {
      this.#options.onProgress();
      try {
        if (!(await this.#step(turn))) continue;
        if (turn !== this.#turn) return;
        this.#backoff.reset();
        this.#isReading = false;
        this.#options.onProgress();
        return;
      } catch (error) {
        if (turn !== this.#turn) return;
        this.#options.onError(error);
        await this.#sleep(this.#backoff.next());
      }
    }
  }

  /** Reads the state or a page of the log. True where nothing is missing any more. */
  async #step(turn: number): Promise<boolean> {
    if (this.#isStateDue) {
      const history = this.#history;
      await within(this.#options.clock, STATE_MS, "reading the state", () => this.#options.readState());
      if (turn === this.#turn && history === this.#history) this.#isStateDue = false;
      return false;
    }
    const position = this.#position;
    if (position === null) return true;
    const after = position.seq;
    const page = await within(this.#options.clock, PAGE_MS, "a page of the log", () => this.#options.fetchAfter(after));
    // Another history may have begun meanwhile: the page is of the one before.
    if (turn !== this.#turn || position !== this.#position) return false;
    if (page.resync || page.epoch !== position.epoch) {
      this.#begin(page.epoch, page.last_seq);
      return false;
    }
    const before = position.seq;
    for (const event of page.data) if (event.seq === position.seq + 1) this.#deal(event);
    this.#head = Math.max(this.#head, page.last_seq);
    if (this.pending === 0) return true;
    if (position.seq === before) throw new Error(`the log has nothing after ${before}, and its end is ${this.#head}`);
    return false;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#cancelWait = () => {
        cancel();
        resolve();
      };
    });
  }
}
