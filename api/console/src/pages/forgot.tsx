import { A } from "@solidjs/router";
import { createSignal, Show } from "solid-js";
import { api, unwrap } from "../lib/api";
import { fieldsOf } from "../lib/problem";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction, Form, Input } from "../ui/form";
import { Plain } from "../ui/plain";

export default function Forgot() {
  const [email, setEmail] = createSignal("");
  const [isSent, setSent] = createSignal(false);
  const ask = createAction(async () => {
    await unwrap(api.POST("/api/v1/auth/forgot-password", { body: { email: email().trim() } }));
    setSent(true);
  });
  return (
    <Plain title={t.auth.forgotTitle}>
      <Show when={!isSent()} fallback={<p>{t.auth.forgotSent}</p>}>
        <Form onSend={() => void ask.act()}>
          <Input
            label={t.auth.email}
            type="email"
            autocomplete="username"
            autofocus
            value={email()}
            onText={setEmail}
            error={fieldsOf(ask.error())["/email"]}
          />
          <ErrorBox error={ask.error()} known={(pointer) => pointer === "/email"} />
          <button type="submit" class="button primary wide" disabled={ask.isBusy()}>
            {t.auth.forgotSend}
          </button>
        </Form>
      </Show>
      <p class="row">
        <A href="/login">{t.auth.login}</A>
      </p>
    </Plain>
  );
}
