// A clock that stands still, a gateway that says what the test tells it to, and a log behind it.
import { connect } from "../dist/index.js";

export class FakeClock {
  #now = 1_700_000_000_000;
  #tasks = new Map();
  #ids = 0;

  now = () => this.#now;
  random = () => 0.5;
  after = (ms, task) => {
    const id = ++this.#ids;
    this.#tasks.set(id, { at: this.#now + ms, task });
    return () => this.#tasks.delete(id);
  };

  // Lets time pass, and everything that comes due in it happen in its order.
  async pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#tasks].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#tasks.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].task();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

export async function settle() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeSocket {
  static all = [];
  readyState = 0;
  sent = [];

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen?.({});
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

export const event = (seq) => ({ op: "event", seq, type: "bot.deleted", at: "2024-01-01T00:00:00.000Z", data: { id: `${seq}` } });

// A client and all that it does.
export function bench(options = {}) {
  FakeSocket.all = [];
  const clock = new FakeClock();
  const log = { epoch: "k1", last: 0, first: 1, calls: [], fail: 0 };
  const seen = { events: [], statuses: [], errors: [], reads: 0, tokens: 0 };
  const realtime = connect({
    url: "ws://gateway/ws",
    token: async () => ({
      token: `token-${++seen.tokens}`,
      expires_at: new Date(clock.now() + 900_000).toISOString(),
    }),
    fetchAfter: async (after) => {
      // What the socket has said is in the log already.
      log.calls.push(after);
      if (log.fail-- > 0) throw new Error("the api is away");
      const resync = after > log.last ? "epoch" : after + 1 < log.first ? "too_old" : null;
      const data = [];
      if (!resync) for (let seq = after + 1; seq <= Math.min(log.last, after + 100); seq++) data.push(event(seq));
      return { data, epoch: log.epoch, last_seq: log.last, resync };
    },
    readState: () => void seen.reads++,
    onEvent: ({ seq }) => seen.events.push(seq),
    onStatus: (status) => seen.statuses.push(status.state),
    onError: (error) => seen.errors.push(error),
    WebSocket: FakeSocket,
    clock,
    ...options,
  });
  const socket = () => FakeSocket.all.at(-1);
  // Opens the newest socket and welcomes its client.
  const welcome = async (seq, more = {}) => {
    log.last = Math.max(log.last, seq);
    await settle();
    socket().open();
    socket().say({
      op: "welcome",
      epoch: log.epoch,
      seq,
      resumed: true,
      expires_at: new Date(clock.now() + 900_000).toISOString(),
      ping_interval_ms: 25_000,
      ...more,
    });
    await settle();
  };
  return { clock, log, seen, realtime, socket, welcome };
}
