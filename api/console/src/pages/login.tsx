import { A } from "@solidjs/router";
import { createResource, createSignal, Show } from "solid-js";
import { api, farewell, signedIn, unwrap } from "../lib/api";
import { reportTo } from "../lib/errors";
import { fieldsOf } from "../lib/problem";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction, Form, Input } from "../ui/form";
import { Plain } from "../ui/plain";

export default function Login() {
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [challenge, setChallenge] = createSignal<string | null>(null);
  const [config] = createResource(async () => {
    const found = await unwrap(api.GET("/api/config"));
    void reportTo(found);
    return found;
  });
  const login = createAction(async () => {
    const answer = await unwrap(api.POST("/api/v1/auth/login", { body: { email: email(), password: password() } }));
    if ("challenge" in answer) setChallenge(answer.challenge);
    else signedIn(answer.user);
  });
  const wrong = () => fieldsOf(login.error());
  return (
    <Plain title={challenge() ? t.auth.codeTitle : t.auth.login}>
      <Show
        when={challenge()}
        fallback={
          <Form onSend={() => void login.act()}>
            <Input
              label={t.auth.email}
              type="email"
              autocomplete="username"
              autofocus
              value={email()}
              onText={setEmail}
              error={wrong()["/email"]}
            />
            <Input
              label={t.auth.password}
              type="password"
              autocomplete="current-password"
              value={password()}
              onText={setPassword}
              error={wrong()["/password"]}
            />
            <ErrorBox error={login.error() ?? farewell()} known={(pointer) => pointer in wrong()} />
            <button type="submit" class="button primary wide" disabled={login.isBusy()}>
              {t.auth.login}
            </button>
            <p class="row">
              <A href="/forgot-password">{t.auth.forgot}</A>
              <Show when={config.state === "ready" && config()?.features.registration}>
                <A href="/register">{t.auth.register}</A>
              </Show>
            </p>
          </Form>
        }
      >
        {(given) => <Code challenge={given()} back={() => setChallenge(null)} />}
      </Show>
    </Plain>
  );
}

function Code(props: { challenge: string; back: () => void }) {
  const [code, setCode] = createSignal("");
  const send = createAction(async () => {
    const body = { challenge: props.challenge, code: code().trim() };
    signedIn((await unwrap(api.POST("/api/v1/auth/login/totp", { body }))).user);
  });
  return (
    <Form onSend={() => void send.act()}>
      <Input
        label={t.auth.code}
        hint={t.auth.codeHint}
        inputmode="numeric"
        autocomplete="one-time-code"
        autofocus
        value={code()}
        onText={setCode}
        error={fieldsOf(send.error())["/code"]}
      />
      <ErrorBox error={send.error()} known={(pointer) => pointer === "/code"} />
      <button type="submit" class="button primary wide" disabled={send.isBusy()}>
        {t.auth.login}
      </button>
      <button type="button" class="button wide" onClick={() => props.back()}>
        {t.back}
      </button>
    </Form>
  );
}
