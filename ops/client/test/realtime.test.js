import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, event, FakeSocket, settle } from "./harness.js";

test("the state is read after the socket is open, and once", async () => {
  const { seen, welcome, socket } = bench();
  await settle();
  assert.equal(seen.reads, 0);
  socket().open();
  await settle();
  assert.equal(seen.reads, 0, "an open socket that is not welcome yet proves nothing");
  await welcome(0);
  assert.equal(seen.reads, 1);
  assert.equal(seen.statuses.at(-1), "live");
});

test("what happens while the state is read is told afterwards", async () => {
  let finish;
  const { log, seen, welcome, socket } = bench({ readState: () => new Promise((resolve) => (finish = resolve)) });
  await welcome(5);
  log.last = 6;
  socket().say(event(6));
  await settle();
  assert.deepEqual(seen.events, []);
  assert.equal(seen.statuses.at(-1), "resuming");
  finish();
  await settle();
  assert.deepEqual(seen.events, [6]);
  assert.equal(seen.statuses.at(-1), "live");
});

test("a state that cannot be read is read again", async () => {
  let tries = 0;
  const { seen, clock, welcome } = bench({
    readState: async () => {
      if (++tries < 3) throw new Error("away");
    },
  });
  await welcome(1);
  assert.notEqual(seen.statuses.at(-1), "live");
  await clock.pass(10_000);
  assert.equal(tries, 3);
  assert.equal(seen.statuses.at(-1), "live");
});

test("events come once and in order, whatever is said twice", async () => {
  const { seen, welcome, socket, realtime } = bench();
  await welcome(5);
  for (const seq of [6, 6, 7, 5, 8]) socket().say(event(seq));
  await settle();
  assert.deepEqual(seen.events, [6, 7, 8]);
  assert.deepEqual(realtime.position, { epoch: "k1", seq: 8 });
});

test("a gap is read from the log", async () => {
  const { log, seen, welcome, socket } = bench();
  await welcome(5);
  log.last = 9;
  socket().say(event(9));
  await settle();
  assert.deepEqual(seen.events, [6, 7, 8, 9]);
  assert.deepEqual(log.calls.slice(-1), [5]);
});

test("after a resync the position is where the log was read to, not where the message was", async () => {
  const { log, seen, welcome, socket, realtime } = bench();
  await welcome(5);
  log.last = 30;
  socket().say({ op: "resync", epoch: "k1", seq: 20, why: "gap" });
  await settle();
  assert.equal(realtime.position.seq, 30);
  for (const seq of [20, 25, 30]) socket().say(event(seq));
  await settle();
  assert.deepEqual(seen.events, Array.from({ length: 25 }, (_, index) => index + 6), "nothing is told twice");
});

test("a log that cannot be read makes nobody deaf: pings are answered, and it is read again", async () => {
  const { log, seen, welcome, socket, clock } = bench();
  await welcome(5);
  log.last = 8;
  log.fail = 4;
  socket().say({ op: "resync", epoch: "k1", seq: 7, why: "too_old" });
  await settle();
  assert.deepEqual(seen.events, []);
  socket().say({ op: "ping", seq: 8 });
  socket().say(event(8));
  assert.deepEqual(socket().sent.at(-1), { op: "pong" });
  assert.equal(seen.statuses.at(-1), "resuming");
  await clock.pass(9_000);
  assert.deepEqual(seen.events, [6, 7, 8]);
  assert.equal(seen.statuses.at(-1), "live");
  assert.equal(seen.errors.length, 4);
  assert.equal(FakeSocket.all.length, 1, "on the same socket");
});

test("a ping that is ahead of us has the log read", async () => {
  const { log, seen, welcome, socket } = bench();
  await welcome(5);
  log.last = 6;
  socket().say({ op: "ping", seq: 6 });
  await settle();
  assert.deepEqual(seen.events, [6]);
});

test("a token that cannot be had is asked for again", async () => {
  let tries = 0;
  const { seen, clock } = bench({
    token: async () => {
      if (++tries < 4) throw new Error("the api is away");
      return { token: "t", expires_at: "2099-01-01T00:00:00Z" };
    },
  });
  await settle();
  assert.equal(seen.statuses.at(-1), "waiting");
  assert.equal(FakeSocket.all.length, 0);
  await clock.pass(10_000);
  assert.equal(tries, 4);
  assert.equal(FakeSocket.all.length, 1);
});

test("a reconnect resumes from the last event that was told", async () => {
  const { seen, log, welcome, socket, clock } = bench();
  await welcome(5);
  socket().say(event(6));
  await settle();
  socket().drop(4001);
  assert.equal(seen.statuses.at(-1), "waiting");
  await clock.pass(1_000);
  assert.equal(FakeSocket.all.length, 2);
  log.last = 8;
  await welcome(8);
  assert.deepEqual(socket().sent[0].resume, { epoch: "k1", seq: 6 });
  assert.equal(seen.statuses.at(-1), "resuming", "two events are on their way");
  socket().say(event(7));
  socket().say(event(8));
  await settle();
  assert.equal(seen.statuses.at(-1), "live");
  assert.deepEqual(seen.events, [6, 7, 8]);
  assert.equal(seen.reads, 1, "the state is still right");
});

test("a resume that did not succeed is read from the log", async () => {
  const { seen, log, welcome, socket, clock } = bench();
  await welcome(5);
  socket().drop();
  await clock.pass(1_000);
  log.last = 150;
  await welcome(150, { resumed: false });
  assert.equal(seen.events.length, 145);
  assert.deepEqual(log.calls.slice(-2), [5, 105]);
  assert.equal(seen.reads, 1);
});

test("a loss in the middle of reading goes on where it was", async () => {
  const { seen, log, welcome, socket, clock } = bench();
  await welcome(5);
  log.last = 8;
  log.fail = 1;
  socket().say({ op: "resync", epoch: "k1", seq: 8, why: "gap" });
  await settle();
  socket().drop();
  await clock.pass(2_000);
  await welcome(8, { resumed: false });
  assert.deepEqual(seen.events, [6, 7, 8]);
});

test("another history has the state read, and the position is of it", async () => {
  const { seen, log, welcome, socket, realtime } = bench();
  await welcome(50);
  log.epoch = "k2";
  log.last = 3;
  socket().say({ op: "resync", epoch: "k2", seq: 3, why: "epoch" });
  await settle();
  assert.equal(seen.reads, 2);
  assert.deepEqual(realtime.position, { epoch: "k2", seq: 3 });
  assert.equal(seen.statuses.at(-1), "live");
});

test("events that are no longer kept have the state read", async () => {
  const { seen, log, welcome, socket, clock, realtime } = bench();
  await welcome(5);
  socket().drop();
  await clock.pass(1_000);
  log.first = 500;
  log.last = 600;
  await welcome(600, { resumed: false });
  assert.equal(seen.reads, 2);
  assert.deepEqual(seen.events, []);
  assert.equal(realtime.position.seq, 600);
});

test("a history that begins while a page of the old one is on its way is not spoilt by it", async () => {
  let answer;
  const { seen, welcome, socket, realtime, log } = bench({
    fetchAfter: (after) => new Promise((resolve) => (answer = { after, resolve })),
  });
  await welcome(5);
  answer.resolve({ data: [], epoch: "k1", last_seq: 5, resync: null });
  await settle();
  socket().say({ op: "resync", epoch: "k1", seq: 7, why: "gap" });
  await settle();
  const late = answer;
  log.epoch = "k2";
  socket().say({ op: "resync", epoch: "k2", seq: 2, why: "epoch" });
  late.resolve({ data: [event(6), event(7)], epoch: "k1", last_seq: 7, resync: null });
  await settle();
  answer.resolve({ data: [], epoch: "k2", last_seq: 2, resync: null });
  await settle();
  assert.deepEqual(seen.events, []);
  assert.deepEqual(realtime.position, { epoch: "k2", seq: 2 });
});

test("a socket that says nothing is given up", async () => {
  const { seen, welcome, clock } = bench();
  await welcome(5);
  await clock.pass(36_000);
  assert.ok(seen.statuses.includes("waiting"));
  assert.equal(FakeSocket.all.length, 2);
});

test("a gateway that does not answer the hello is given up", async () => {
  const { socket, clock } = bench();
  await settle();
  socket().open();
  await clock.pass(16_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("a refusal is not tried again until something changes", async () => {
  const { seen, welcome, socket, clock, realtime } = bench();
  await welcome(5);
  socket().drop(4503);
  await clock.pass(600_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(seen.statuses.at(-1), "ended");
  realtime.reconnect();
  await settle();
  assert.equal(FakeSocket.all.length, 2);
});

test("the gateway's wait is kept", async () => {
  const { welcome, socket, clock } = bench();
  await welcome(5);
  socket().say({ op: "closing", code: 4007, retry_after_ms: 60_000 });
  socket().drop(4007);
  await clock.pass(59_000);
  assert.equal(FakeSocket.all.length, 1);
  await clock.pass(2_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("waits double up to the longest", async () => {
  const { clock, socket } = bench({ longestWaitMs: 3_000 });
  for (let lost = 0; lost < 10; lost++) {
    await settle();
    socket().drop();
    await clock.pass(3_100);
  }
  assert.equal(FakeSocket.all.length, 11);
});

test("the token is renewed before it ends, on the same socket", async () => {
  const { welcome, socket, clock, seen } = bench();
  await welcome(5);
  for (let minute = 0; minute < 70; minute++) {
    await clock.pass(20_000);
    socket().say({ op: "ping", seq: 5 });
  }
  const refreshed = socket().sent.filter(({ op }) => op === "refresh").map(({ token }) => token);
  assert.deepEqual(refreshed, ["token-2"]);
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(seen.tokens, 2);
});

test("a renewal that fails is tried again", async () => {
  let fail = 0;
  const { welcome, socket, clock } = bench({
    token: async () => {
      if (fail-- > 0) throw new Error("away");
      return { token: "t", expires_at: "2099-01-01T00:00:00Z" };
    },
  });
  await welcome(5);
  fail = 3;
  for (let step = 0; step < 45; step++) {
    await clock.pass(20_000);
    socket().say({ op: "ping", seq: 5 });
  }
  assert.equal(socket().sent.filter(({ op }) => op === "refresh").length, 1);
});

test("channels are asked for with the hello, and when they change", async () => {
  const { welcome, socket, realtime, clock } = bench({ channels: ["ticker:a"] });
  realtime.subscribe("ticker:b");
  await welcome(1);
  assert.deepEqual(socket().sent[0].channels, ["ticker:a", "ticker:b"]);
  realtime.subscribe("ticker:b", "ticker:c");
  assert.deepEqual(socket().sent.at(-1).channels, ["ticker:c"]);
  realtime.unsubscribe("ticker:a", "ticker:z");
  assert.deepEqual(socket().sent.at(-1).channels, ["ticker:a"]);
  socket().drop();
  await clock.pass(1_000);
  await welcome(1);
  assert.deepEqual(socket().sent[0].channels, ["ticker:b", "ticker:c"]);
});

test("channels that change between hello and welcome are said after the welcome", async () => {
  const { log, socket, realtime, clock } = bench({ channels: ["ticker:a", "ticker:b"] });
  await settle();
  socket().open();
  realtime.subscribe("ticker:c");
  realtime.unsubscribe("ticker:a");
  assert.deepEqual(socket().sent.map(({ op }) => op), ["hello"], "nothing else is taken before the welcome");
  const expires_at = new Date(clock.now() + 900_000).toISOString();
  socket().say({ op: "welcome", epoch: log.epoch, seq: 0, resumed: false, expires_at, ping_interval_ms: 25_000 });
  await settle();
  assert.deepEqual(
    socket().sent.slice(1).map(({ op, channels }) => [op, channels]),
    [
      ["subscribe", ["ticker:c"]],
      ["unsubscribe", ["ticker:a"]],
    ],
  );
});

test("a handler that throws stops nothing", async () => {
  const told = [];
  const { welcome, socket, seen } = bench({
    onEvent: ({ seq }) => {
      told.push(seq);
      throw new Error("a bug of the page");
    },
  });
  await welcome(0);
  socket().say(event(1));
  socket().say(event(2));
  await settle();
  assert.deepEqual(told, [1, 2]);
  assert.equal(seen.errors.length, 2);
});

test("after close nothing goes on", async () => {
  const { welcome, realtime, clock, socket, seen } = bench();
  await welcome(1);
  const last = socket();
  realtime.close();
  last.say(event(2));
  await clock.pass(100_000);
  assert.equal(FakeSocket.all.length, 1);
  assert.deepEqual(seen.events, []);
  realtime.reconnect();
  await settle();
  assert.equal(FakeSocket.all.length, 1);
});

const never = () => new Promise(() => {});

test("a token that never comes is asked for again", async () => {
  let tries = 0;
  const { seen, clock, welcome } = bench({
    token: () => (++tries < 3 ? never() : Promise.resolve({ token: "t", expires_at: "2099-01-01T00:00:00Z" })),
  });
  await clock.pass(14_000);
  assert.equal(tries, 1);
  await clock.pass(1_000);
  assert.equal(seen.statuses.at(-1), "waiting");
  await clock.pass(20_000);
  assert.equal(tries, 3);
  await welcome(1);
  assert.equal(seen.statuses.at(-1), "live");
});

test("a newer token that never comes is asked for again, before the present one ends", async () => {
  let tries = 0;
  const { clock, welcome, socket } = bench({
    token: () => (++tries === 2 ? never() : Promise.resolve({ token: `t${tries}`, expires_at: "2099-01-01T00:00:00Z" })),
  });
  await welcome(1);
  for (let at = 0; at < 860_000; at += 20_000) {
    await clock.pass(20_000);
    socket().say({ op: "ping", seq: 1 });
  }
  assert.equal(FakeSocket.all.length, 1);
  assert.equal(socket().sent.find(({ op }) => op === "refresh")?.token, "t3");
});

test("a page of the log that never comes is asked for again", async () => {
  let tries = 0;
  const { seen, clock, welcome, socket } = bench({
    fetchAfter: (after) =>
      ++tries < 3 ? never() : Promise.resolve({ data: [event(after + 1)], epoch: "k1", last_seq: after + 1, resync: null }),
    position: { epoch: "k1", seq: 5 },
  });
  await welcome(6, { resumed: false });
  assert.equal(seen.statuses.at(-1), "resuming");
  for (let at = 0; at < 60_000; at += 20_000) {
    await clock.pass(20_000);
    socket().say({ op: "ping", seq: 6 });
  }
  assert.deepEqual(seen.events, [6]);
  assert.equal(seen.statuses.at(-1), "live");
});

test("a state that is never read is asked for again, and what comes of it late counts for nothing", async () => {
  const finish = [];
  const { seen, clock, welcome, socket } = bench({
    readState: () => new Promise((resolve) => finish.push(resolve)),
  });
  await welcome(1);
  for (let at = 0; at < 80_000; at += 20_000) {
    await clock.pass(20_000);
    socket().say({ op: "ping", seq: 1 });
  }
  assert.equal(finish.length, 2);
  finish[0]();
  await settle();
  assert.equal(seen.statuses.at(-1), "resuming");
  finish[1]();
  await settle();
  assert.equal(seen.statuses.at(-1), "live");
});

test("a hello that came too late is tried again", async () => {
  const { seen, clock, welcome, socket } = bench();
  await welcome(1);
  socket().drop(4502);
  assert.equal(seen.statuses.at(-1), "waiting");
  await clock.pass(1_000);
  assert.equal(FakeSocket.all.length, 2);
});
