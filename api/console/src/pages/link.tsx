import { A } from "@solidjs/router";
import { createSignal, Match, Show, Switch } from "solid-js";
import { api, unwrap, user, whoIsHere } from "../lib/api";
import { fieldsOf } from "../lib/problem";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction, Form, Input } from "../ui/form";
import { Plain } from "../ui/plain";

type Kind = "verify" | "reset" | "confirm" | "cancel";

const SEND: Record<Kind, (token: string, password: string) => Promise<unknown>> = {
  verify: (token) => unwrap(api.POST("/api/v1/auth/verify-email", { body: { token } })),
  confirm: (token) => unwrap(api.POST("/api/v1/auth/confirm-email-change", { body: { token } })),
  cancel: (token) => unwrap(api.POST("/api/v1/auth/cancel-email-change", { body: { token } })),
  reset: (token, password) => unwrap(api.POST("/api/v1/auth/reset-password", { body: { token, password } })),
};

/**
 * What a link in a mail leads to. Nothing is done before somebody presses the button: programs that follow links in mails
 * press none. The token is in the fragment, which no server sees, and is taken out of the address at once.
 */
export default function Link(props: { kind: Kind }) {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  history.replaceState(null, "", location.pathname);
  const [password, setPassword] = createSignal("");
  const [isDone, setDone] = createSignal(false);
  const send = createAction(async () => {
    await SEND[props.kind](token, password());
    // Most links end sessions: whether ours is among them is asked.
    await whoIsHere().catch(() => {});
    setDone(true);
  });
  const words = () => t.links[props.kind];
  return (
    <Plain title={words().title}>
      <Switch>
        <Match when={isDone()}>
          <p>{words().done}</p>
          <A class="button primary wide" href={user() ? "/bots" : "/login"}>
            {user() ? t.nav.bots : t.auth.login}
          </A>
        </Match>
        <Match when={token === ""}>
          <p>{t.links.noToken}</p>
          <A class="button wide" href="/login">
            {t.auth.login}
          </A>
        </Match>
        <Match when={true}>
          <Form onSend={() => void send.act()}>
            <p>{words().text}</p>
            <Show when={props.kind === "reset"}>
              <Input
                label={t.auth.newPassword}
                hint={t.auth.passwordHint}
                type="password"
                autocomplete="new-password"
                autofocus
                value={password()}
                onText={setPassword}
                error={fieldsOf(send.error())["/password"]}
              />
            </Show>
            <ErrorBox error={send.error()} known={(pointer) => pointer === "/password"} />
            <button type="submit" class="button primary wide" disabled={send.isBusy()}>
              {words().button}
            </button>
          </Form>
        </Match>
      </Switch>
    </Plain>
  );
}
