import { A } from "@solidjs/router";
import { createSignal } from "solid-js";
import { api, newKey, signedIn, unwrap } from "../lib/api";
import { fieldsOf } from "../lib/problem";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction, Form, Input } from "../ui/form";
import { Plain } from "../ui/plain";

export default function Register() {
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const register = createAction(async () => {
    const body = { email: email().trim(), password: password() };
    const answer = await unwrap(
      api.POST("/api/v1/auth/register", { body, params: { header: { "Idempotency-Key": newKey() } } }),
    );
    signedIn(answer.user);
  });
  const wrong = () => fieldsOf(register.error());
  return (
    <Plain title={t.auth.registerTitle}>
      <Form onSend={() => void register.act()}>
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
          hint={t.auth.passwordHint}
          type="password"
          autocomplete="new-password"
          value={password()}
          onText={setPassword}
          error={wrong()["/password"]}
        />
        <ErrorBox error={register.error()} known={(pointer) => pointer in wrong()} />
        <button type="submit" class="button primary wide" disabled={register.isBusy()}>
          {t.auth.register}
        </button>
        <p class="row">
          <A href="/login">{t.auth.haveOne}</A>
        </p>
      </Form>
    </Plain>
  );
}
