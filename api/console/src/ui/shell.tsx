import { isProblem } from "@blockbotx/client";
import { A, useLocation, useNavigate } from "@solidjs/router";
import { createSignal, For, type JSX, onCleanup, onMount, Show, Suspense } from "solid-js";
import { api, signedOut, unwrap, user } from "../lib/api";
import { forgetDrafts } from "../lib/draft";
import { isFresh, live, pill } from "../lib/live";
import { broadcast, dismiss, maintenance } from "../lib/notices";
import { clock } from "../lib/time";
import { t } from "../texts";
import { Dialog } from "./dialog";
import { ErrorBox, Panel } from "./error";
import { createAction } from "./form";
import { Loading } from "./parts";
import { StepUp } from "./step-up";
import "../styles/frame.css";
import "../styles/parts.css";
import "../styles/pages.css";
import "../styles/forms.css";
import "../styles/narrow.css";

const PLACES = [
  { href: "/bots", label: () => t.nav.bots, icon: "M4 18 9 11l4 4 7-9" },
  {
    href: "/backtests",
    label: () => t.nav.backtests,
    icon: "M12 8v4l3 2M4.5 9A8 8 0 1 1 4 13M4 5v4h4",
  },
  { href: "/portfolio", label: () => t.nav.portfolio, icon: "M12 4v8h8a8 8 0 1 1-8-8Zm4-1a8 8 0 0 1 5 5h-5V3Z" },
  { href: "/connections", label: () => t.nav.connections, icon: "M9 7v4a3 3 0 0 0 6 0V7M10 3v4m4-4v4m-2 7v7" },
  {
    href: "/account",
    label: () => t.nav.account,
    icon: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 9c1-4 4-5 7-5s6 1 7 5",
  },
] as const;
const ADMIN = { href: "/admin", label: () => t.nav.admin, icon: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6l7-3Z" };

/** Frame of every page: where one is, where one can go, and whether figures are up to date. */
export default function Shell(props: { children?: JSX.Element }) {
  onMount(() => live.start());
  const [isHelpOpen, setHelpOpen] = createSignal(false);
  useKeys(() => setHelpOpen(true));
  const places = () => (user()?.role === "user" ? PLACES : [...PLACES, ADMIN]);
  const leave = createAction(async () => {
    try {
      await unwrap(api.POST("/api/v1/auth/logout"));
    } catch (error) {
      // Whoever is not signed in any more has what was asked for.
      if (!isProblem(error, "unauthenticated", "token_expired")) throw error;
    }
    live.tellLeft();
    signedOut();
    forgetDrafts();
  });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <nav class="nav" aria-label={t.nav.label}>
        <A href="/bots" class="brand">
          BlockbotX
        </A>
        <For each={places()}>
          {({ href, label, icon }) => (
            <A href={href} class="place" activeClass="here">
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={icon} />
              </svg>
              <span>{label()}</span>
            </A>
          )}
        </For>
        <div class="nav-foot">
          <span class="who" title={user()?.email}>
            {user()?.display_name || user()?.email}
          </span>
          <button type="button" class="link" disabled={leave.isBusy()} onClick={() => void leave.act()}>
            {t.auth.logout}
          </button>
        </div>
      </nav>
      <div class="page">
        <header class="top">
          <Show when={user() && !user()?.email_verified}>
            <Verify />
          </Show>
          <ConnectionPill />
        </header>
        <Notices />
        <main id="main" tabindex="-1">
          <Panel>
            <Suspense fallback={<Loading />}>{props.children}</Suspense>
          </Panel>
        </main>
        <footer class="foot">
          <span>
            {t.foot.charts}{" "}
            <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
              TradingView Lightweight Charts™
            </a>
          </span>
          <button type="button" class="link" onClick={() => setHelpOpen(true)}>
            {t.foot.keys}
          </button>
        </footer>
      </div>
      <Dialog title={t.keys.title} isOpen={isHelpOpen()} onClose={() => setHelpOpen(false)}>
        <dl class="keys">
          <For each={t.keys.list}>
            {([key, meaning]) => (
              <>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </>
            )}
          </For>
        </dl>
      </Dialog>
      <Dialog title={t.auth.stillIn} isOpen={leave.error() !== null} onClose={leave.clear}>
        <p>{t.auth.stillInText}</p>
        <ErrorBox error={leave.error()} retry={() => void leave.act()} />
      </Dialog>
      <StepUp />
    </div>
  );
}

/** What the platform says to everybody. */
function Notices() {
  return (
    <div class="notices" role="status">
      <Show when={maintenance()}>
        {(told) => (
          <p class="notice">
            {t.notices.maintenance} {told().message}
          </p>
        )}
      </Show>
      <Show when={broadcast()}>
        {(told) => (
          <p class="notice" classList={{ bad: told().level === "error" }}>
            {told().message}{" "}
            <button type="button" class="link" onClick={dismiss}>
              {t.close}
            </button>
          </p>
        )}
      </Show>
    </div>
  );
}

/** Live, resuming, stale or offline. */
export function ConnectionPill() {
  const words = () => {
    const now = pill();
    switch (now.kind) {
      case "live":
        return t.pill.live;
      case "connecting":
        return t.pill.connecting;
      case "resuming":
        return t.pill.resuming(now.pending);
      case "stale":
        return t.pill.stale(clock(now.since));
      case "offline":
        return t.pill.offline;
    }
  };
  return (
    <div class="pill-place">
      <span class={`pill pill-${pill().kind}`} role="status">
        <i aria-hidden="true" />
        {words()}
      </span>
      <Show when={!isFresh() && pill().kind !== "connecting"}>
        <button type="button" class="link" onClick={() => live.reconnect()}>
          {t.pill.now}
        </button>
      </Show>
    </div>
  );
}

/** Reminds of the address that nobody has confirmed. */
function Verify() {
  const [isSent, setSent] = createSignal(false);
  const send = async () => {
    await unwrap(api.POST("/api/v1/auth/verify-email/resend")).catch(() => {});
    setSent(true);
  };
  return (
    <p class="notice">
      {t.verify.please}{" "}
      <button type="button" class="link" disabled={isSent()} onClick={() => void send()}>
        {isSent() ? t.verify.sent : t.verify.again}
      </button>
    </p>
  );
}

/** `/` finds, `g` and a letter goes, `n` makes, `?` tells. */
function useKeys(help: () => void) {
  const navigate = useNavigate();
  const location = useLocation();
  let isGoing = false;
  const press = (event: KeyboardEvent) => {
    const at = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || at.closest("form, input, select, textarea")) return;
    if (document.querySelector("dialog[open]")) return;
    if (isGoing) {
      isGoing = false;
      const place = { b: "/bots", t: "/backtests", p: "/portfolio", c: "/connections", a: "/account" }[event.key];
      if (place) navigate(place);
      return;
    }
    if (event.key === "g") isGoing = true;
    else if (event.key === "n")
      navigate(location.pathname.startsWith("/connections") ? "/connections/new" : "/bots/new");
    else if (event.key === "?") help();
    else if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("input[type=search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
    }
  };
  onMount(() => addEventListener("keydown", press));
  onCleanup(() => removeEventListener("keydown", press));
}
