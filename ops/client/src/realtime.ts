/**
 * A socket to the gateway that loses nothing.
 *
 * The log behind the socket is the truth: whatever cannot be taken from the socket in order is read from
 * `GET /api/v1/events`. While that goes on, the socket's events only say how far to read, so nothing has to be kept back.
 */
import { CatchUp, type EventPage, type Position } from "./catch-up.js";
import { Backoff, type Clock, systemClock, within } from "./clock.js";
import type { components } from "./schema.js";

export type { EventPage, Position } from "./catch-up.js";
export type { Clock } from "./clock.js";

type Event = components["schemas"]["Event"];

/** Of `POST /api/v1/auth/realtime-token`. */
export interface SocketToken {
  token: string;
  /** RFC 3339. */
  expires_at: string;
}

export interface MarketMessage {
  channel: string;
  data: unknown;
}

export interface NoticeMessage {
  type: string;
  data: unknown;
}

/** What may be said of what is shown. `since` is when that began. */
export type RealtimeStatus =
  | { state: "connecting"; since: number }
  /** Connected, and behind by so many events. */
  | { state: "resuming"; since: number; pending: number }
  | { state: "live"; since: number }
  /** Not connected until `retryAt`. */
  | { state: "waiting"; since: number; retryAt: number; code: number | null }
  /** Refused with a close code from 4500 on, other than 4502: not tried again until `reconnect` is called. */
  | { state: "ended"; since: number; code: number };

export interface RealtimeOptions {
  /** The gateway, as `ws_url` of `GET /api/config` says. */
  url: string;
  /** Asked again where it fails, or takes longer than 15 s. */
  token: () => Promise<SocketToken>;
  /** A page of `GET /api/v1/events?after=`. Asked for again where that fails, or takes longer than 20 s. */
  fetchAfter: (seq: number) => Promise<EventPage>;
  /** Every event once, in order. */
  onEvent: (event: Event) => void;
  /**
   * Reads everything that is shown. Called when the socket is open for the first time, and when events are no longer to be
   * had; until it is done, none is told. What happens meanwhile is told afterwards, also where it was read already.
   * Called again where it fails, or takes longer than 60 s.
   */
  readState?: () => void | Promise<void>;
  onMarket?: (message: MarketMessage) => void;
  onNotice?: (message: NoticeMessage) => void;
  onStatus?: (status: RealtimeStatus) => void;
  /** What failed and is tried again: for logs. */
  onError?: (error: unknown) => void;
  /** Where an earlier connection ended. */
  position?: Position;
  channels?: Iterable<string>;
  /** Longest wait between two attempts, half of it left to chance; 30 s unless said otherwise. */
  longestWaitMs?: number;
  WebSocket?: typeof globalThis.WebSocket;
  clock?: Clock;
}

/** A connection that goes on until it is closed. */
export interface Realtime {
  /** The last event that was told. */
  readonly position: Position | null;
  readonly status: RealtimeStatus;
  subscribe(...channels: string[]): void;
  unsubscribe(...channels: string[]): void;
  /** Tries now, whatever the wait; also after a refusal. */
  reconnect(): void;
  close(): void;
}

type ServerMessage =
  | { op: "welcome"; epoch: string; seq: number; resumed: boolean; expires_at: string; ping_interval_ms: number }
  | { op: "event"; seq: number; type: string }
  | { op: "market"; channel: string; data: unknown }
  | { op: "notice"; type: string; data: unknown }
  | { op: "ping"; seq: number }
  | { op: "resync"; epoch: string; seq: number; why: string }
  | { op: "closing"; code: number; retry_after_ms?: number }
  | { op: "ok" | "error"; id?: number };

const PROTOCOL = "blockbotx.v1";
/** From opening a socket to its `welcome`. */
const HANDSHAKE_MS = 15_000;
/** The longest that a token may take. */
const TOKEN_MS = 15_000;
/** How much later than promised a ping may come. */
const PATIENCE_MS = 10_000;
/** Before the token ends, and the least time between two of them. */
const REFRESH_EARLY_MS = 60_000;
const REFRESH_LEAST_MS = 30_000;
/** The first code that is not to be tried again. */
const REFUSED = 4500;
/** Our hello did not arrive in time: another attempt may be quicker. */
const NO_HELLO = 4502;

export function connect(options: RealtimeOptions): Realtime {
  return new Connection(options);
}

class Connection implements Realtime {
  readonly #options: RealtimeOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #channels: Set<string>;
  /** Those that the last hello named. */
  #greeted: readonly string[] = [];
  readonly #log: CatchUp;
  #socket: WebSocket | null = null;
  #status: RealtimeStatus;
  #isOver = false;
  #isWelcome = false;
  /** Counts attempts: what belongs to an earlier one is void. */
  #attempt = 0;
  #wait = 0;
  #pingInterval = 25_000;
  #messageId = 0;
  #cancelRetry = () => {};
  #cancelWatch = () => {};
  #cancelRefresh = () => {};

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(this.#clock, options.longestWaitMs);
    this.#channels = new Set(options.channels);
    this.#status = { state: "connecting", since: this.#clock.now() };
    this.#log = new CatchUp({
      clock: this.#clock,
      position: options.position ?? null,
      fetchAfter: options.fetchAfter,
      readState: options.readState ?? (() => {}),
      onEvent: options.onEvent,
      onError: (error) => options.onError?.(error),
      onProgress: () => this.#showProgress(),
    });
    void this.#open();
  }

  get position(): Position | null {
    return this.#log.position;
  }

  get status(): RealtimeStatus {
    return this.#status;
  }

  subscribe(...channels: string[]): void {
    const added = channels.filter((channel) => !this.#channels.has(channel));
    for (const channel of added) this.#channels.add(channel);
    if (added.length > 0 && this.#isWelcome) this.#send({ op: "subscribe", id: ++this.#messageId, channels: added });
  }

  unsubscribe(...channels: string[]): void {
    const gone = channels.filter((channel) => this.#channels.delete(channel));
    if (gone.length > 0 && this.#isWelcome) this.#send({ op: "unsubscribe", id: ++this.#messageId, channels: gone });
  }

  reconnect(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#backoff.reset();
    this.#wait = 0;
    void this.#open();
  }

  close(): void {
    this.#isOver = true;
    this.#leave();
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#tell({ state: "connecting", since: this.#clock.now() });
    try {
      const token = await this.#token();
      if (attempt === this.#attempt) this.#dial(attempt, token);
    } catch (error) {
      // The api may be away as well: that is no reason to give up.
      if (attempt !== this.#attempt) return;
      this.#options.onError?.(error);
      this.#retry(null);
    }
  }

  #token(): Promise<SocketToken> {
    return within(this.#clock, TOKEN_MS, "a token", this.#options.token);
  }

  #dial(attempt: number, token: SocketToken): void {
    const Socket = this.#options.WebSocket ?? globalThis.WebSocket;
    const socket = new Socket(this.#options.url, PROTOCOL);
    this.#socket = socket;
    this.#watch(HANDSHAKE_MS);
    socket.onopen = () => this.#hello(token);
    socket.onmessage = ({ data }) => {
      if (attempt === this.#attempt) this.#receive(JSON.parse(data as string) as ServerMessage);
    };
    socket.onclose = ({ code }) => {
      if (attempt === this.#attempt) this.#lost(code);
    };
    socket.onerror = () => {};
  }

  #hello(token: SocketToken): void {
    const resume = this.#log.position;
    this.#greeted = [...this.#channels];
    this.#send({
      op: "hello",
      token: token.token,
      ...(resume && { resume }),
      ...(this.#greeted.length > 0 && { channels: this.#greeted }),
    });
  }

  #receive(message: ServerMessage): void {
    this.#watch(this.#pingInterval + PATIENCE_MS);
    switch (message.op) {
      case "welcome":
        this.#isWelcome = true;
        this.#pingInterval = message.ping_interval_ms;
        this.#refreshBefore(message.expires_at);
        this.#amend();
        this.#log.welcome(message);
        break;
      case "event":
        this.#log.event(message as unknown as Event);
        break;
      case "ping":
        // At once, whatever else is going on: a client that does not answer is taken for dead.
        this.#send({ op: "pong" });
        // Only a socket that has lasted so long says that all is well again.
        this.#backoff.reset();
        this.#log.head(message.seq);
        break;
      case "resync":
        this.#log.resync(message);
        break;
      case "market":
        this.#options.onMarket?.({ channel: message.channel, data: message.data });
        break;
      case "notice":
        this.#options.onNotice?.({ type: message.type, data: message.data });
        break;
      case "closing":
        this.#wait = message.retry_after_ms ?? 0;
        break;
      case "ok":
      case "error":
        break;
    }
  }

  /** Says which channels were asked for, or left, since hello: until the welcome nothing but hello is taken. */
  #amend(): void {
    const added = [...this.#channels].filter((channel) => !this.#greeted.includes(channel));
    const gone = this.#greeted.filter((channel) => !this.#channels.has(channel));
    if (added.length > 0) this.#send({ op: "subscribe", id: ++this.#messageId, channels: added });
    if (gone.length > 0) this.#send({ op: "unsubscribe", id: ++this.#messageId, channels: gone });
  }

  #lost(code: number | null): void {
    this.#leave();
    if (code !== null && code >= REFUSED && code < 5000 && code !== NO_HELLO) {
      this.#tell({ state: "ended", since: this.#clock.now(), code });
      return;
    }
    this.#retry(code);
  }

  #retry(code: number | null): void {
    const wait = Math.max(this.#wait, this.#backoff.next());
    this.#wait = 0;
    const now = this.#clock.now();
    this.#tell({ state: "waiting", since: now, retryAt: now + wait, code });
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(wait, () => void this.#open());
  }

  /** Lets go of the socket and of whatever waits. */
  #leave(): void {
    this.#attempt++;
    this.#isWelcome = false;
    this.#cancelRetry();
    this.#cancelWatch();
    this.#cancelRefresh();
    this.#log.pause();
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** A socket that says nothing for so long is dead, whatever the system believes. */
  #watch(ms: number): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(ms, () => this.#lost(null));
  }

  /** Sends a newer token before the present one ends, and tries until it is there. */
  #refreshBefore(expiresAt: string): void {
    this.#cancelRefresh();
    const left = Date.parse(expiresAt) - this.#clock.now();
    this.#cancelRefresh = this.#clock.after(Math.max(left - REFRESH_EARLY_MS, REFRESH_LEAST_MS), () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    const attempt = this.#attempt;
    try {
      const token = await this.#token();
      if (attempt !== this.#attempt) return;
      this.#send({ op: "refresh", id: ++this.#messageId, token: token.token });
      this.#refreshBefore(token.expires_at);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#options.onError?.(error);
      this.#cancelRefresh = this.#clock.after(this.#backoff.next(), () => void this.#refresh());
    }
  }

  #send(message: object): void {
    // Between a loss and its close event a socket takes nothing: what matters is said again with `hello`.
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #showProgress(): void {
    if (!this.#isWelcome) return;
    const { pending, isLive } = this.#log;
    if (isLive) {
      if (this.#status.state !== "live") this.#tell({ state: "live", since: this.#clock.now() });
    } else {
      const since = this.#status.state === "resuming" ? this.#status.since : this.#clock.now();
      this.#tell({ state: "resuming", since, pending });
    }
  }

  #tell(status: RealtimeStatus): void {
    this.#status = status;
    this.#options.onStatus?.(status);
  }
}
