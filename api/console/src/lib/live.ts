/**
 * One socket for all tabs of a browser. The tab that holds the lock has it and tells the others; when it goes, the next one
 * goes on from the same event.
 */
import { connect, type Event, type Position, type Realtime, type RealtimeStatus } from "@blockbotx/client";
import { createSignal } from "solid-js";
import { api, onLeave, queries, readAll, unwrap, whoIsHere } from "./api";
import { Beats } from "./beats";
import { Carrier } from "./carrier";
import { reportTo } from "./errors";
import { tellQueries } from "./invalidate";
import { hearNotice, served } from "./notices";

/** What the pill says. */
export type Pill =
  | { kind: "live" }
  | { kind: "connecting" }
  | { kind: "resuming"; pending: number }
  | { kind: "stale"; since: number }
  | { kind: "offline"; since: number };

const [pill, setPill] = createSignal<Pill>({ kind: "connecting" });

export { pill };

/** Whether figures are up to date. While they are not, what would begin to trade waits. */
export const isFresh = () => pill().kind === "live";

type Told =
  | { kind: "status"; status: RealtimeStatus; position: Position | null }
  | { kind: "event"; event: Event; epoch: string }
  | { kind: "market"; channel: string; data: unknown }
  | { kind: "notice"; type: string; data: unknown }
  | { kind: "read" }
  | { kind: "join" }
  | { kind: "beat" }
  | { kind: "reconnect" }
  | { kind: "channels"; tab: string; channels: string[] }
  | { kind: "left" };

const LOCK = "blockbotx.socket";
/** A gateway that comes back is found within seconds. */
const LONGEST_WAIT_MS = 3_000;
/** How long the first connection may take before its absence is said. */
const PATIENCE_MS = 5_000;
/** How often the tab that has the socket is asked whether it is still there. */
const BEAT_MS = 2_000;
/** The longest that a question may take that nothing else waits for. */
const CONFIG_MS = 10_000;

type Listener = (data: unknown) => void;

class Live {
  readonly #tab = `${Math.random()}`;
  /** To the other tabs. None without locks (a page that came without TLS): then each tab has a socket of its own. */
  readonly #wires = navigator.locks ? new BroadcastChannel("blockbotx.live") : null;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #last = new Map<string, unknown>();
  /** Channels that other tabs show. */
  readonly #others = new Map<string, string[]>();
  #realtime: Realtime | null = null;
  #position: Position | null = null;
  #staleSince: number | null = null;
  #hasStarted = false;
  /** This tab has the lock. */
  #isLeader = false;
  /** What the tab with the lock said last. */
  #status: RealtimeStatus | null = null;
  /** This tab reads what it shows: until that is there, nothing is live. */
  #isReading = false;
  #wasLive = false;
  /** The refusal of which it was asked already who is here. */
  #endedAt = 0;
  #turn = 0;
  readonly #beats = new Beats(
    () => this.#tell({ kind: "beat" }),
    () => this.#show(this.#away()),
    BEAT_MS,
  );
  /** Each tab asks for itself, while it is looked at. */
  readonly #carrier = new Carrier(
    async () => {
      if (document.hidden) return null;
      const { data } = await api.GET("/api/health", { signal: AbortSignal.timeout(CONFIG_MS) });
      return data?.checks.redis ? data.checks.redis.status === "ok" : null;
    },
    (isCarried) => {
      // What happened meanwhile is read before anything is called live.
      if (isCarried) void this.#read();
      if (this.#status) this.#show(this.#status);
    },
  );
  #release = () => {};

  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    const turn = ++this.#turn;
    if (this.#wires) this.#wires.onmessage = ({ data }) => this.#hear(data as Told);
    addEventListener("online", this.#online);
    addEventListener("offline", this.#offline);
    addEventListener("pagehide", this.#hide);
    this.#staleSince = Date.now() + PATIENCE_MS;
    const lead = () =>
      new Promise<void>((resolve) => {
        if (turn !== this.#turn) return resolve();
        this.#release = resolve;
        void this.#lead(turn);
      });
    this.#carrier.start();
    this.#tell({ kind: "join" });
    if (this.#wires) this.#beats.start();
    void (this.#wires ? navigator.locks.request(LOCK, lead) : lead());
  }

  stop(): void {
    if (!this.#hasStarted) return;
    this.#hasStarted = false;
    this.#turn++;
    this.#beats.stop();
    this.#carrier.stop();
    this.#isLeader = this.#isReading = this.#wasLive = false;
    this.#status = null;
    this.#realtime?.close();
    this.#realtime = null;
    this.#position = null;
    this.#last.clear();
    this.#release();
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    removeEventListener("pagehide", this.#hide);
    setPill({ kind: "connecting" });
  }

  /** Hears a market channel until the answer is called. */
  listen(channel: string, listener: Listener): () => void {
    let listeners = this.#listeners.get(channel);
    if (!listeners) {
      listeners = new Set();
      this.#listeners.set(channel, listeners);
      this.#follow();
    }
    listeners.add(listener);
    if (this.#last.has(channel)) listener(this.#last.get(channel));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        this.#listeners.delete(channel);
        this.#follow();
      }
    };
  }

  reconnect(): void {
    if (this.#realtime) this.#realtime.reconnect();
    else this.#tell({ kind: "reconnect" });
  }

  readonly #online = () => this.#realtime?.reconnect();
  readonly #offline = () => this.#show(this.#away());
  readonly #away = (): RealtimeStatus => ({ state: "waiting", since: Date.now(), retryAt: Date.now(), code: null });

  /** Nobody has to hear channels for a tab that is gone. */
  readonly #hide = () => this.#tell({ kind: "channels", tab: this.#tab, channels: [] });

  async #lead(turn: number): Promise<void> {
    this.#isLeader = true;
    this.#beats.stop();
    // What this tab had not read yet when the other one went is read by the new connection.
    if (this.#isReading) this.#position = null;
    this.#isReading = false;
    this.#tellStatus({ state: "connecting", since: Date.now() });
    const url = await this.#url(turn);
    if (url === null) return;
    this.#subscribed = this.#wanted();
    this.#realtime = connect({
      url,
      longestWaitMs: LONGEST_WAIT_MS,
      channels: this.#subscribed,
      ...(this.#position && { position: this.#position }),
      token: () => unwrap(api.POST("/api/v1/auth/realtime-token")),
      fetchAfter: (after) => unwrap(api.GET("/api/v1/events", { params: { query: { after, limit: 100 } } })),
      readState: async () => {
        this.#tell({ kind: "read" });
        await readAll();
        served();
      },
      onEvent: (event) => {
        this.#tell({ kind: "event", event, epoch: this.#realtime?.position?.epoch ?? "" });
        tellQueries(event);
      },
      onMarket: ({ channel, data }) => {
        this.#tell({ kind: "market", channel, data });
        this.#hearMarket(channel, data);
      },
      onNotice: ({ type, data }) => {
        this.#tell({ kind: "notice", type, data });
        hearNotice(type, data);
      },
      onStatus: (status) => this.#tellStatus(status),
    });
  }

  /** Asked until it is known: without it there is nothing to connect to. Null where this turn is over. */
  async #url(turn: number): Promise<string | null> {
    for (;;) {
      if (turn !== this.#turn) return null;
      try {
        const config = await unwrap(api.GET("/api/config", { signal: AbortSignal.timeout(CONFIG_MS) }));
        void reportTo(config);
        const { ws_url } = config;
        if (turn !== this.#turn) return null;
        return ws_url ?? `${location.origin.replace(/^http/, "ws")}/ws`;
      } catch {
        if (turn !== this.#turn) return null;
        this.#tellStatus(this.#away());
        await new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
      }
    }
  }

  #tellStatus(status: RealtimeStatus): void {
    this.#status = status;
    this.#show(status);
    this.#tellAgain();
  }

  #tellAgain(): void {
    if (!this.#isLeader || !this.#status) return;
    this.#tell({ kind: "status", status: this.#status, position: this.#realtime?.position ?? null });
  }

  #tell(told: Told): void {
    this.#wires?.postMessage(told);
  }

  /** What another tab tells. */
  #hear(told: Told): void {
    if (!this.#hasStarted) return;
    // Only the tab that has the socket says these.
    if (["status", "event", "market", "read"].includes(told.kind)) this.#beats.heard();
    switch (told.kind) {
      case "join":
      case "channels":
        if (told.kind === "channels") this.#others.set(told.tab, told.channels);
        if (this.#isLeader) {
          this.#tellAgain();
          this.#subscribe();
          for (const [channel, data] of this.#last) this.#tell({ kind: "market", channel, data });
        } else if (told.kind === "join") {
          this.#follow();
        }
        break;
      case "beat":
        this.#tellAgain();
        break;
      case "status":
        if (this.#isLeader) return;
        // The first word of the tab that has the socket: what was read before it may be old.
        if (this.#position === null && told.status.state === "live") void this.#read();
        this.#position = told.position ?? this.#position;
        this.#status = told.status;
        this.#show(told.status);
        break;
      case "event":
        this.#position = { epoch: told.epoch, seq: told.event.seq };
        tellQueries(told.event);
        break;
      case "market":
        this.#hearMarket(told.channel, told.data);
        break;
      case "notice":
        hearNotice(told.type, told.data);
        break;
      case "read":
        if (!this.#isLeader) void this.#read();
        break;
      case "reconnect":
        this.#realtime?.reconnect();
        break;
      case "left":
        location.reload();
        break;
    }
  }

  tellLeft(): void {
    this.#tell({ kind: "left" });
  }

  /** Reads what this tab shows, until it is there. A tab that gets the socket meanwhile does so by its connection. */
  async #read(): Promise<void> {
    const turn = this.#turn;
    const isLeader = this.#isLeader;
    if (this.#isReading) return;
    this.#isReading = true;
    const isOver = () => turn !== this.#turn || isLeader !== this.#isLeader;
    while (!isOver()) {
      try {
        await readAll();
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
      }
    }
    if (isOver()) return;
    this.#isReading = false;
    if (this.#status) this.#show(this.#status);
  }

  #hearMarket(channel: string, data: unknown): void {
    this.#last.set(channel, data);
    for (const listener of this.#listeners.get(channel) ?? []) listener(data);
  }

  /** What this tab shows is heard, by whichever tab has the socket. */
  #follow(): void {
    if (this.#realtime) this.#subscribe();
    else this.#tell({ kind: "channels", tab: this.#tab, channels: [...this.#listeners.keys()] });
  }

  #wanted(): string[] {
    return [...new Set([...this.#listeners.keys(), ...[...this.#others.values()].flat()])];
  }

  #subscribed: string[] = [];
  #subscribe(): void {
    const wanted = this.#wanted();
    const gone = this.#subscribed.filter((channel) => !wanted.includes(channel));
    this.#subscribed = wanted;
    this.#realtime?.subscribe(...wanted);
    if (gone.length > 0) this.#realtime?.unsubscribe(...gone);
    for (const channel of gone) this.#last.delete(channel);
  }

  #show(status: RealtimeStatus): void {
    const now = Date.now();
    const { isCarried } = this.#carrier;
    if (status.state === "live" && isCarried && !this.#isReading) {
      // Candles between the two connections came to nobody.
      if (this.#wasLive && this.#staleSince !== null) void queries.invalidateQueries({ queryKey: ["candles"] });
      this.#staleSince = null;
      this.#wasLive = true;
      setPill({ kind: "live" });
      return;
    }
    // The gateway does not take us any more: whoever is here may not be, by now.
    if (status.state === "ended" && status.since !== this.#endedAt) {
      this.#endedAt = status.since;
      void whoIsHere().catch(() => {});
    }
    this.#staleSince ??= isCarried ? status.since : now;
    const since = Math.min(this.#staleSince, now);
    if (!navigator.onLine) setPill({ kind: "offline", since });
    else if (!isCarried) setPill({ kind: "stale", since });
    else if (status.state === "live") setPill({ kind: "resuming", pending: 0 });
    else if (status.state === "resuming") setPill({ kind: "resuming", pending: status.pending });
    else if (status.state === "connecting" && this.#staleSince > now) setPill({ kind: "connecting" });
    else setPill({ kind: "stale", since });
  }
}

export const live = new Live();
onLeave(() => {
  live.stop();
});
