import { createSignal, Show } from "solid-js";
import { api, signedOut, unwrap, updateUser, user } from "../../lib/api";
import { fieldsOf } from "../../lib/problem";
import { day } from "../../lib/time";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input } from "../../ui/form";

export function Profile() {
  return (
    <div class="columns">
      <Name />
      <Email />
      <Leave />
    </div>
  );
}

function Name() {
  const [name, setName] = createSignal(user()?.display_name ?? "");
  const [isSaved, setSaved] = createSignal(false);
  const save = createAction(async () => {
    const version = user()?.version;
    const body = { display_name: name().trim(), ...(version !== undefined && { version }) };
    updateUser(await unwrap(api.PATCH("/api/v1/me", { body })));
    setSaved(true);
  });
  return (
    <section class="card">
      <h2>{t.account.name}</h2>
      <Form onSend={() => void save.act()}>
        <Input
          label={t.account.displayName}
          value={name()}
          onText={(text) => {
            setName(text);
            setSaved(false);
          }}
          error={fieldsOf(save.error())["/display_name"]}
          autocomplete="name"
        />
        <ErrorBox error={save.error()} known={(pointer) => pointer === "/display_name"} />
        <div class="form-foot">
          <span class="faint">{user() ? t.account.since(day(user()?.created_at ?? "")) : ""}</span>
          <button type="submit" class="button" disabled={save.isBusy() || isSaved()}>
            {isSaved() ? t.saved : t.save}
          </button>
        </div>
      </Form>
    </section>
  );
}

function Email() {
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const [isSent, setSent] = createSignal(false);
  const change = createAction(async () => {
    await unwrap(api.POST("/api/v1/auth/change-email", { body: { email: email().trim(), password: password() } }));
    setPassword("");
    setSent(true);
  });
  const wrong = () => fieldsOf(change.error());
  return (
    <section class="card">
      <h2>{t.auth.email}</h2>
      <p>
        {user()?.email}{" "}
        <span class={user()?.email_verified ? "said good" : "said bad"}>
          {user()?.email_verified ? t.verify.yes : t.verify.no}
        </span>
      </p>
      <Form onSend={() => void change.act()}>
        <Input
          label={t.account.otherEmail}
          type="email"
          value={email()}
          onText={setEmail}
          error={wrong()["/email"]}
          autocomplete="email"
        />
        <Input
          label={t.auth.password}
          type="password"
          value={password()}
          onText={setPassword}
          error={wrong()["/password"]}
          autocomplete="current-password"
        />
        <ErrorBox error={change.error()} known={(pointer) => pointer in wrong()} />
        <Show when={isSent()}>
          <p class="notice good">{t.account.emailSent}</p>
        </Show>
        <div class="form-foot">
          <button type="submit" class="button" disabled={change.isBusy() || email() === ""}>
            {t.account.changeEmail}
          </button>
        </div>
      </Form>
    </section>
  );
}

/** Taking one's data along, and closing the account. */
function Leave() {
  const [isAsked, setAsked] = createSignal(false);
  const [password, setPassword] = createSignal("");
  const close = createAction(async () => {
    await unwrap(api.DELETE("/api/v1/me", { body: { password: password() } }));
    signedOut();
  });
  return (
    <section class="card">
      <h2>{t.account.leave}</h2>
      <p>{t.account.leaveText}</p>
      <div class="row-actions">
        <a class="button" href="/api/v1/me/export" download="blockbotx-export.json">
          {t.account.export}
        </a>
        <button type="button" class="button danger" onClick={() => setAsked(true)}>
          {t.account.close}
        </button>
      </div>
      <Dialog title={t.account.closeTitle} isOpen={isAsked()} onClose={() => setAsked(false)}>
        <Form onSend={() => void close.act()}>
          <p>{t.account.closeText}</p>
          <Input
            label={t.auth.password}
            type="password"
            value={password()}
            onText={setPassword}
            error={fieldsOf(close.error())["/password"]}
            autocomplete="current-password"
          />
          <ErrorBox error={close.error()} known={(pointer) => pointer === "/password"} />
          <div class="dialog-foot">
            <button type="button" class="button" onClick={() => setAsked(false)}>
              {t.cancel}
            </button>
            <button type="submit" class="button danger" disabled={close.isBusy() || password() === ""}>
              {t.account.close}
            </button>
          </div>
        </Form>
      </Dialog>
    </section>
  );
}
