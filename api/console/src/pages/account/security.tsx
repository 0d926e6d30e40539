import type { Schemas } from "@blockbotx/client";
import { createResource, createSignal, For, Match, Show, Switch } from "solid-js";
import { api, queries, unwrap, user } from "../../lib/api";
import { fieldsOf } from "../../lib/problem";
import { useQuery } from "../../lib/query";
import { day } from "../../lib/time";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input } from "../../ui/form";
import { Copy, Loading } from "../../ui/parts";

export function Security() {
  return (
    <div class="columns">
      <Password />
      <Factor />
    </div>
  );
}

function Password() {
  const [current, setCurrent] = createSignal("");
  const [next, setNext] = createSignal("");
  const [isDone, setDone] = createSignal(false);
  const change = createAction(async () => {
    const body = { current_password: current(), password: next() };
    await unwrap(api.POST("/api/v1/auth/change-password", { body }));
    setCurrent("");
    setNext("");
    setDone(true);
  });
  const wrong = () => fieldsOf(change.error());
  return (
    <section class="card">
      <h2>{t.auth.password}</h2>
      <Form onSend={() => void change.act()}>
        <Input
          label={t.account.currentPassword}
          type="password"
          autocomplete="current-password"
          value={current()}
          onText={setCurrent}
          error={wrong()["/current_password"]}
        />
        <Input
          label={t.auth.newPassword}
          hint={t.auth.passwordHint}
          type="password"
          autocomplete="new-password"
          value={next()}
          onText={setNext}
          error={wrong()["/password"]}
        />
        <ErrorBox error={change.error()} known={(pointer) => pointer in wrong()} />
        <Show when={isDone()}>
          <p class="notice good">{t.account.passwordChanged}</p>
        </Show>
        <div class="form-foot">
          <button type="submit" class="button" disabled={change.isBusy() || next() === ""}>
            {t.account.changePassword}
          </button>
        </div>
      </Form>
    </section>
  );
}

/** The authenticator: set up by its picture, confirmed by a code, taken away. */
function Factor() {
  const status = useQuery(() => ({
    queryKey: ["account", "totp"],
    queryFn: () => unwrap(api.GET("/api/v1/auth/totp")),
  }));
  const [enrolment, setEnrolment] = createSignal<Schemas["TotpEnrolment"] | null>(null);
  const [codes, setCodes] = createSignal<string[] | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ["account"] });
  const enrol = createAction(async () => setEnrolment(await unwrap(api.POST("/api/v1/auth/totp"))));
  const disable = createAction(async () => {
    await unwrap(api.DELETE("/api/v1/auth/totp"));
    setCodes(null);
    await refresh();
  });
  const renew = createAction(async () => {
    setCodes((await unwrap(api.POST("/api/v1/auth/totp/recovery-codes"))).recovery_codes);
    await refresh();
  });
  const confirmed = async (given: string[]) => {
    setEnrolment(null);
    setCodes(given);
    await refresh();
  };
  return (
    <section class="card">
      <h2>{t.totp.title}</h2>
      <ErrorBox error={status.error ?? enrol.error() ?? disable.error() ?? renew.error()} />
      <Switch fallback={<Loading />}>
        <Match when={enrolment()}>
          {(given) => <Enrol enrolment={given()} onConfirmed={confirmed} onCancel={() => setEnrolment(null)} />}
        </Match>
        <Match when={status.data?.enabled}>
          <p class="said good">{t.totp.on(day(status.data?.enabled_at ?? ""))}</p>
          <p>{t.totp.left(status.data?.recovery_codes_left ?? 0)}</p>
          <div class="row-actions">
            <button type="button" class="button" disabled={renew.isBusy()} onClick={() => void renew.act()}>
              {t.totp.renew}
            </button>
            <button type="button" class="button danger" disabled={disable.isBusy()} onClick={() => void disable.act()}>
              {t.totp.disable}
            </button>
          </div>
        </Match>
        <Match when={status.data}>
          <p>{user()?.email_verified ? t.totp.off : t.totp.verifyFirst}</p>
          <button
            type="button"
            class="button primary"
            disabled={enrol.isBusy() || !user()?.email_verified}
            onClick={() => void enrol.act()}
          >
            {t.totp.enable}
          </button>
        </Match>
      </Switch>
      <Show when={codes()}>
        {(given) => (
          <div class="codes">
            <p>{t.totp.codes}</p>
            <ul>
              <For each={given()}>
                {(code) => (
                  <li>
                    <code>{code}</code>
                  </li>
                )}
              </For>
            </ul>
            <Copy text={given().join("\n")} />
          </div>
        )}
      </Show>
    </section>
  );
}

function Enrol(props: {
  enrolment: Schemas["TotpEnrolment"];
  onConfirmed: (codes: string[]) => void;
  onCancel: () => void;
}) {
  const [code, setCode] = createSignal("");
  const [picture] = createResource(
    () => props.enrolment.uri,
    async (uri) => (await import("../../lib/qr")).picture(uri),
  );
  const confirm = createAction(async () => {
    const answer = await unwrap(api.POST("/api/v1/auth/totp/confirm", { body: { code: code().trim() } }));
    props.onConfirmed(answer.recovery_codes);
  });
  return (
    <Form onSend={() => void confirm.act()}>
      <p>{t.totp.scan}</p>
      <Show when={picture.state === "ready" && picture()}>
        {(url) => <img class="qr" src={url()} alt={t.totp.qr} width="200" height="200" />}
      </Show>
      <p class="faint">
        {t.totp.byHand} <code class="secret">{props.enrolment.secret}</code>
      </p>
      <Input
        label={t.auth.code}
        inputmode="numeric"
        autocomplete="one-time-code"
        value={code()}
        onText={setCode}
        error={fieldsOf(confirm.error())["/code"]}
      />
      <ErrorBox error={confirm.error()} known={(pointer) => pointer === "/code"} />
      <div class="form-foot">
        <button type="button" class="button" onClick={() => props.onCancel()}>
          {t.cancel}
        </button>
        <button type="submit" class="button primary" disabled={confirm.isBusy()}>
          {t.totp.confirm}
        </button>
      </div>
    </Form>
  );
}
