/**
 * One socket for all tabs of a browser. The tab that holds the lock has it and tells the others; when it goes, the next one
 * goes on from the same event.
 */
import { connect, type Event, type Position, type Realtime, type RealtimeStatus } from "@blockbotx/client";
import { createSignal } from "solid-js";
import { api, onLeave, queries, unwrap, whoIsHere } from "./api";
import { tellQueries } from "./invalidate";

/** What the pill says. */
export type Pill =
  | { kind: "live" }
  | { kind: "connecting" }
  | { kind: "resuming"; pending: number }
  | { kind: "stale"; since: number }
  | { kind: "offline"; since: number };

const [pill, setPill] = createSignal<Pill>({ kind: "connecting" });

export { pill };

/** Whether figures are of now. While they are not, what costs money waits. */
export const isFresh = () => pill().kind === "live";

type Told =
  | { kind: "status"; status: RealtimeStatus; position: Position | null }
  | { kind: "event"; event: Event; epoch: string }
  | { kind: "market"; channel: string; data: unknown }
  | { kind: "read" }
  | { kind: "join" }
  | { kind: "reconnect" }
  | { kind: "channels"; tab: string; channels: string[] }
  | { kind: "left" };

const LOCK = "blockbotx.socket";
/** A gateway that comes back is found within seconds. */
const LONGEST_WAIT_MS = 3_000;
/** How long the first connection may take before its absence is said. */
const PATIENCE_MS = 5_000;

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
  #turn = 0;
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
    this.#tell({ kind: "join" });
    void (this.#wires ? navigator.locks.request(LOCK, lead) : lead());
  }

  stop(): void {
    if (!this.#hasStarted) return;
    this.#hasStarted = false;
    this.#turn++;
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
  readonly #offline = () => this.#show({ state: "waiting", since: Date.now(), retryAt: Date.now(), code: null });

  /** Nobody has to hear channels for a tab that is gone. */
  readonly #hide = () => this.#tell({ kind: "channels", tab: this.#tab, channels: [] });

  async #lead(turn: number): Promise<void> {
    const url = await this.#url();
    if (turn !== this.#turn) return;
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
        await queries.invalidateQueries();
      },
      onEvent: (event) => {
        this.#tell({ kind: "event", event, epoch: this.#realtime?.position?.epoch ?? "" });
        tellQueries(event);
      },
      onMarket: ({ channel, data }) => {
        this.#tell({ kind: "market", channel, data });
        this.#hearMarket(channel, data);
      },
      onStatus: (status) => this.#tellStatus(status),
    });
  }

  /** Asked until it is known: without it there is nothing to connect to. */
  async #url(): Promise<string> {
    for (;;) {
      try {
        const { ws_url } = await unwrap(api.GET("/api/config"));
        return ws_url ?? `${location.origin.replace(/^http/, "ws")}/ws`;
      } catch {
        this.#offline();
        await new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
      }
    }
  }

  #tellStatus(status: RealtimeStatus): void {
    this.#show(status);
    this.#tell({ kind: "status", status, position: this.#realtime?.position ?? null });
  }

  #tell(told: Told): void {
    this.#wires?.postMessage(told);
  }

  /** What another tab tells. */
  #hear(told: Told): void {
    if (!this.#hasStarted) return;
    switch (told.kind) {
      case "join":
      case "channels":
        if (told.kind === "channels") this.#others.set(told.tab, told.channels);
        if (this.#realtime) {
          this.#tellStatus(this.#realtime.status);
          this.#subscribe();
          for (const [channel, data] of this.#last) this.#tell({ kind: "market", channel, data });
        } else if (told.kind === "join") {
          this.#follow();
        }
        break;
      case "status":
        if (this.#realtime) return;
        // The first word of the tab that has the socket: what was read before it may be old.
        if (this.#position === null && told.status.state === "live") void queries.invalidateQueries();
        this.#position = told.position ?? this.#position;
        this.#show(told.status);
        break;
      case "event":
        this.#position = { epoch: told.epoch, seq: told.event.seq };
        tellQueries(told.event);
        break;
      case "market":
        this.#hearMarket(told.channel, told.data);
        break;
      case "read":
        void queries.invalidateQueries();
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
    if (status.state === "live") {
      this.#staleSince = null;
      setPill({ kind: "live" });
      return;
    }
    // The gateway does not take us any more: whoever is here may not be, by now.
    if (status.state === "ended") void whoIsHere().catch(() => {});
    this.#staleSince ??= status.since;
    const since = Math.min(this.#staleSince, now);
    if (!navigator.onLine) setPill({ kind: "offline", since });
    else if (status.state === "resuming") setPill({ kind: "resuming", pending: status.pending });
    else if (status.state === "connecting" && this.#staleSince > now) setPill({ kind: "connecting" });
    else setPill({ kind: "stale", since });
  }
}

export const live = new Live();
onLeave(() => {
  live.stop();
});
