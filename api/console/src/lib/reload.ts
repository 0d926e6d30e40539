/** While a roll mixes two builds, a file of the other one may be missing: a reload brings the page of this build. */

const RELOADED = "blockbotx.reloaded";
const missing = new WeakSet<object>();

/** Whether an error is that a part of the page could not be loaded. */
export function isMissingPart(error: unknown): boolean {
  return typeof error === "object" && error !== null && missing.has(error);
}

/** Reloads once where a file is missing; what is missing again is shown as an error. */
export function watchParts(): void {
  addEventListener("vite:preloadError", (event) => {
    missing.add(event.payload);
    if (sessionStorage.getItem(RELOADED) !== null) return;
    void reload(() => sessionStorage.setItem(RELOADED, "1"));
  });
  addEventListener("load", () => setTimeout(() => sessionStorage.removeItem(RELOADED), 10_000));
}

/** Reloads where the server answers: without it a reload would leave an empty page. */
export async function reload(before: () => void = () => {}): Promise<void> {
  const answer = await fetch("/", { cache: "no-store", headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  before();
  location.reload();
}
