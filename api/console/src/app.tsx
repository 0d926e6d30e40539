import { Navigate, Route, Router, useLocation } from "@solidjs/router";
import { createSignal, ErrorBoundary, type JSX, lazy, Match, onMount, Show, Suspense, Switch } from "solid-js";
import { user, whoIsHere } from "./lib/api";
import { report } from "./lib/errors";
import { reload } from "./lib/reload";
import { ErrorBox } from "./ui/error";
import { Loading } from "./ui/parts";

const Login = lazy(() => import("./pages/login"));
const Shell = lazy(() => import("./ui/shell"));
const List = lazy(() => import("./pages/bots/list"));
const Register = lazy(() => import("./pages/register"));
const Forgot = lazy(() => import("./pages/forgot"));
const Link = lazy(() => import("./pages/link"));
const Start = lazy(() => import("./pages/start"));
const Create = lazy(() => import("./pages/bots/create"));
const Bot = lazy(() => import("./pages/bots/bot"));
const Connections = lazy(() => import("./pages/connections/list"));
const NewConnection = lazy(() => import("./pages/connections/create"));
const Account = lazy(() => import("./pages/account/account"));
const Billing = lazy(() => import("./pages/billing"));
const Backtests = lazy(() => import("./pages/backtests/overview"));
const NewBacktest = lazy(() => import("./pages/backtests/create"));
const Compare = lazy(() => import("./pages/backtests/compare"));
const Backtest = lazy(() => import("./pages/backtests/backtest"));
const Portfolio = lazy(() => import("./pages/portfolio/portfolio"));
const Admin = lazy(() => import("./pages/admin/admin"));
const Nothing = lazy(() => import("./pages/nothing"));

export function App() {
  return (
    <Router root={Root}>
      <Route
        path="/login"
        component={() => (
          <Guest>
            <Login />
          </Guest>
        )}
      />
      <Route
        path="/register"
        component={() => (
          <Guest>
            <Register />
          </Guest>
        )}
      />
      <Route path="/forgot-password" component={Forgot} />
      <Route path="/verify-email" component={() => <Link kind="verify" />} />
      <Route path="/reset-password" component={() => <Link kind="reset" />} />
      <Route path="/confirm-email-change" component={() => <Link kind="confirm" />} />
      <Route path="/cancel-email-change" component={() => <Link kind="cancel" />} />
      <Route path="/" component={Inside}>
        <Route path="/" component={() => <Navigate href="/bots" />} />
        <Route path="/bots" component={List} />
        <Route path="/bots/new" component={Create} />
        <Route path="/bots/:id" component={Bot} />
        <Route path="/start" component={Start} />
        <Route path="/connections" component={Connections} />
        <Route path="/connections/new" component={NewConnection} />
        <Route path="/account" component={Account} />
        <Route path="/billing" component={Billing} />
        <Route path="/backtests" component={Backtests} />
        <Route path="/backtests/new" component={NewBacktest} />
        <Route path="/backtests/compare" component={Compare} />
        <Route path="/backtests/:id" component={Backtest} />
        <Route path="/portfolio" component={Portfolio} />
        <Route path="/admin" component={Admin} />
        <Route path="*" component={Nothing} />
      </Route>
    </Router>
  );
}

/** Finds out who is here before anything is shown. */
function Root(props: { children?: JSX.Element }) {
  const [failed, setFailed] = createSignal<unknown>(null);
  const ask = () => {
    setFailed(null);
    whoIsHere().catch(setFailed);
  };
  onMount(ask);
  return (
    <Switch
      fallback={
        <ErrorBoundary
          fallback={(error) => {
            report(error);
            return (
              <main class="plain">
                <ErrorBox error={error} retry={() => void reload()} />
              </main>
            );
          }}
        >
          <Suspense fallback={<Loading />}>{props.children}</Suspense>
        </ErrorBoundary>
      }
    >
      <Match when={failed()}>
        <main class="plain">
          <ErrorBox error={failed()} retry={ask} />
        </main>
      </Match>
      <Match when={user() === undefined}>
        <Loading />
      </Match>
    </Switch>
  );
}

/** Pages for somebody who is signed in; others sign in first and come back. */
function Inside(props: { children?: JSX.Element }) {
  const location = useLocation();
  const next = () => encodeURIComponent(location.pathname + location.search);
  return (
    <Show when={user()} fallback={<Navigate href={`/login?next=${next()}`} />}>
      <Shell>{props.children}</Shell>
    </Show>
  );
}

/** Pages for somebody who is not signed in yet. */
function Guest(props: { children?: JSX.Element }) {
  const location = useLocation();
  const next = () =>
    location.pathname === "/register" ? "/start" : safe(new URLSearchParams(location.search).get("next"));
  return (
    <Show when={!user()} fallback={<Navigate href={next()} />}>
      {props.children}
    </Show>
  );
}

/** An address of ours, whatever a link says. */
export function safe(path: string | null): string {
  return path && /^\/(?![/\\])/.test(path) ? path : "/bots";
}
