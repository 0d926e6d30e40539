import { createSignal, For, type JSX, Show } from "solid-js";
import { api, queries, unwrap } from "../../lib/api";
import { fieldsOf } from "../../lib/problem";
import { useQuery } from "../../lib/query";
import { admin as words } from "../../texts/admin";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input } from "../../ui/form";
import { Loading } from "../../ui/parts";
import { Refused } from "./refused";

/** How the platform does, and what can be switched. */
export function Platform() {
  const figures = useQuery(() => ({
    queryKey: ["admin", "figures"],
    queryFn: () => unwrap(api.GET("/api/v1/admin/figures")),
    refetchInterval: 15_000,
  }));
  const health = useQuery(() => ({
    queryKey: ["admin", "health"],
    queryFn: () => unwrap(api.GET("/api/health")),
    refetchInterval: 15_000,
  }));
  const counts = (of: Record<string, number> | undefined) =>
    Object.entries(of ?? {})
      .map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`)
      .join(", ") || "–";
  return (
    <Show when={!figures.error} fallback={<Refused error={figures.error} retry={() => figures.refetch()} />}>
      <Show when={figures.data} fallback={<Loading />}>
        {(found) => (
          <dl class="facts">
            <Fact label={words.figures.users}>{counts(found().users)}</Fact>
            <Fact label={words.figures.bots}>{counts(found().bots)}</Fact>
            <Fact label={words.figures.connections}>{counts(found().connections)}</Fact>
            <Fact label={words.figures.orders}>{found().orders_today}</Fact>
            <Fact label={words.figures.sessions}>{found().sessions}</Fact>
            <Fact label={words.health}>{health.data?.status ?? "–"}</Fact>
          </dl>
        )}
      </Show>
      <Settings />
      <Broadcast />
    </Show>
  );
}

function Fact(props: { label: string; children: JSX.Element }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Settings() {
  const settings = useQuery(() => ({
    queryKey: ["admin", "settings"],
    queryFn: () => unwrap(api.GET("/api/v1/admin/settings")),
  }));
  const [message, setMessage] = createSignal("");
  const refresh = () => queries.invalidateQueries({ queryKey: ["admin", "settings"] });
  const maintain = createAction(async (enabled: boolean) => {
    const said = message().trim();
    await unwrap(
      api.PUT("/api/v1/admin/maintenance", { body: { enabled, ...(enabled && said && { message: said }) } }),
    );
    await refresh();
  });
  const register = createAction(async (registration: "open" | "closed", version: number) => {
    await unwrap(api.PATCH("/api/v1/admin/settings", { body: { registration, version } }));
    await refresh();
  });
  return (
    <>
      <ErrorBox error={settings.error} retry={() => settings.refetch()} />
      <Show when={settings.data}>
        {(found) => (
          <>
            <section class="card">
              <h2>{words.maintenance}</h2>
              <p>
                <strong>{found().maintenance.enabled ? words.isOn : words.isOff}</strong> {words.maintenanceHint}
              </p>
              <Form onSend={() => void maintain.act(!found().maintenance.enabled)}>
                <Show when={!found().maintenance.enabled}>
                  <Input
                    label={words.message}
                    value={message()}
                    onText={setMessage}
                    error={fieldsOf(maintain.error())["/message"]}
                  />
                </Show>
                <ErrorBox error={maintain.error()} known={(pointer) => pointer === "/message"} />
                <div class="form-foot">
                  <button type="submit" class="button danger" disabled={maintain.isBusy()}>
                    {found().maintenance.enabled ? words.off : words.on}
                  </button>
                </div>
              </Form>
            </section>
            <section class="card">
              <h2>{words.registration}</h2>
              <p>{words.registrations[found().registration]}</p>
              <ErrorBox error={register.error()} />
              <For each={[found().registration === "open" ? ("closed" as const) : ("open" as const)]}>
                {(wanted) => (
                  <button
                    type="button"
                    class="button"
                    disabled={register.isBusy()}
                    onClick={() => void register.act(wanted, found().version)}
                  >
                    {wanted === "open" ? words.open : words.close}
                  </button>
                )}
              </For>
            </section>
          </>
        )}
      </Show>
    </>
  );
}

function Broadcast() {
  const [message, setMessage] = createSignal("");
  const [isSent, setSent] = createSignal(false);
  const send = createAction(async () => {
    setSent(false);
    await unwrap(api.POST("/api/v1/admin/broadcast", { body: { message: message().trim() } }));
    setMessage("");
    setSent(true);
  });
  return (
    <section class="card">
      <h2>{words.broadcast}</h2>
      <Form onSend={() => void send.act()}>
        <Input label={words.message} value={message()} onText={setMessage} error={fieldsOf(send.error())["/message"]} />
        <ErrorBox error={send.error()} known={(pointer) => pointer === "/message"} />
        <div class="form-foot">
          <button type="submit" class="button primary" disabled={send.isBusy() || message().trim() === ""}>
            {words.send}
          </button>
          <Show when={isSent()}>
            <span role="status">{words.sent}</span>
          </Show>
        </div>
      </Form>
    </section>
  );
}
