/** What the platform says to everybody. */
import { createSignal } from "solid-js";

export interface Said {
  level: "info" | "warning" | "error";
  message: string;
}

const [maintenance, setMaintenance] = createSignal<{ message: string | null } | null>(null);
const [broadcast, setBroadcast] = createSignal<Said | null>(null);

export { broadcast, maintenance };

/** Takes a notice of the socket. Others than these are not the platform's. */
export function hearNotice(type: string, data: unknown): void {
  if (type === "platform.maintenance") {
    const { on, message } = data as { on: boolean; message?: string | null };
    setMaintenance(on ? { message: message ?? null } : null);
  } else if (type === "platform.broadcast") {
    const { level, message } = data as { level?: Said["level"]; message: string };
    setBroadcast({ level: level ?? "info", message });
  }
}

/** The reader has read it. */
export function dismiss(): void {
  setBroadcast(null);
}

/** An answer came: whoever is served is not kept out. */
export function served(): void {
  setMaintenance(null);
}
