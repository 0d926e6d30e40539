// The servers of a stack of `ops/dev`, for the journeys that take one of them away. STACK: its state directory.
import { expect } from "@playwright/test";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const DEV = fileURLToPath(new URL("../../dev", import.meta.url));
const PLACES = { redis: "services/pid/redis.pid" };

// The process id of a server while it runs; a process that has ended and that nobody has asked for yet does not.
function pidOf(name) {
  try {
    const [pid] = readFileSync(`${process.env.STACK}/${PLACES[name] ?? `pid/${name}.pid`}`, "utf8").split(" ");
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))[1];
    return state === "Z" ? null : Number(pid);
  } catch {
    return null;
  }
}

// Ends a server, and waits until it is gone.
export async function take(name, signal) {
  const pid = pidOf(name);
  expect(pid, `${name} runs`).not.toBeNull();
  process.kill(pid, signal);
  await expect.poll(() => pidOf(name)).toBeNull();
}

// Starts whatever of the stack does not run.
export async function bringBack() {
  await promisify(execFile)(DEV, ["up"], { env: { ...process.env, BLOCKBOTX_DEV_STATE: process.env.STACK } });
}
