import { createEffect, createSignal, For, Show } from "solid-js";
import { all, api, newKey, queries, unwrap } from "../../lib/api";
import { fieldsOf } from "../../lib/problem";
import { useQuery } from "../../lib/query";
import { day, moment } from "../../lib/time";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { Check, createAction, Form, Input, Select } from "../../ui/form";
import { Copy, Loading } from "../../ui/parts";
import { Table } from "../../ui/table";

const SCOPES = ["read", "trade"] as const;

export function Tokens() {
  const tokens = useQuery(() => ({
    queryKey: ["account", "tokens"],
    queryFn: () =>
      all((cursor) =>
        unwrap(api.GET("/api/v1/auth/tokens", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
  }));
  const [isMaking, setMaking] = createSignal(false);
  const revoke = createAction(async (id: string) => {
    await unwrap(api.DELETE("/api/v1/auth/tokens/{id}", { params: { path: { id } } }));
    await queries.invalidateQueries({ queryKey: ["account", "tokens"] });
  });
  return (
    <>
      <p class="lead">{t.tokens.lead}</p>
      <ErrorBox error={tokens.error ?? revoke.error()} />
      <Show when={!tokens.isPending} fallback={<Loading />}>
        <Table
          label={t.account.tabs.tokens}
          rows={tokens.data ?? []}
          empty={t.tokens.none}
          columns={[
            { label: t.bots.name, cell: (row) => row.name },
            { label: t.tokens.token, cell: (row) => <code>bbx_…{row.hint}</code> },
            { label: t.tokens.scopes, cell: (row) => row.scopes.join(", ") },
            { label: t.tokens.ends, cell: (row) => day(row.expires_at) },
            {
              label: t.tokens.used,
              cell: (row) =>
                row.last_used_at ? `${moment(row.last_used_at)} (${row.last_used_address ?? "?"})` : t.tokens.never,
            },
            {
              label: t.actions.title,
              cell: (row) => (
                <button
                  type="button"
                  class="button small danger"
                  disabled={revoke.isBusy()}
                  onClick={() => void revoke.act(row.id)}
                >
                  {t.tokens.revoke}
                </button>
              ),
            },
          ]}
        />
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          {t.tokens.create}
        </button>
      </Show>
      <Show when={isMaking()}>
        <Create onClose={() => setMaking(false)} />
      </Show>
    </>
  );
}

function Create(props: { onClose: () => void }) {
  const [name, setName] = createSignal("");
  const [scopes, setScopes] = createSignal<("read" | "trade")[]>(["read"]);
  const [days, setDays] = createSignal("90");
  const [networks, setNetworks] = createSignal("");
  const [token, setToken] = createSignal<string | null>(null);
  let key = newKey();
  // Another body is another attempt.
  createEffect(() => {
    JSON.stringify([name(), scopes(), days(), networks()]);
    key = newKey();
  });
  const create = createAction(async () => {
    const allowlist = networks()
      .split(/[\s,]+/)
      .filter(Boolean);
    const body = {
      name: name().trim(),
      scopes: scopes(),
      expires_in_days: Number.parseInt(days(), 10),
      ...(allowlist.length > 0 && { allowlist }),
    };
    const answer = await unwrap(
      api.POST("/api/v1/auth/tokens", { body, params: { header: { "Idempotency-Key": key } } }),
    );
    setToken(answer.token ?? "");
    await queries.invalidateQueries({ queryKey: ["account", "tokens"] });
  });
  const wrong = () => fieldsOf(create.error());
  const network = () => Object.entries(wrong()).find(([pointer]) => pointer.startsWith("/allowlist"))?.[1];
  return (
    <Dialog title={t.tokens.create} isOpen onClose={props.onClose}>
      <Show
        when={token() === null}
        fallback={
          <>
            <p>{t.tokens.once}</p>
            <p class="token">
              <code>{token()}</code>
            </p>
            <div class="dialog-foot">
              <Copy text={token() ?? ""} />
              <button type="button" class="button primary" onClick={() => props.onClose()}>
                {t.done}
              </button>
            </div>
          </>
        }
      >
        <Form onSend={() => void create.act()}>
          <Input label={t.bots.name} value={name()} onText={setName} error={wrong()["/name"]} />
          <fieldset class="choices">
            <legend>{t.tokens.scopes}</legend>
            <For each={SCOPES}>
              {(scope) => (
                <Check
                  label={t.tokens.scope[scope].label}
                  hint={t.tokens.scope[scope].hint}
                  checked={scopes().includes(scope)}
                  onCheck={(isOn) =>
                    setScopes((all) => SCOPES.filter((one) => (one === scope ? isOn : all.includes(one))))
                  }
                />
              )}
            </For>
          </fieldset>
          <Select label={t.tokens.ends} value={days()} options={t.tokens.days} onPick={setDays} />
          <Input
            label={t.tokens.networks}
            hint={t.tokens.networksHint}
            value={networks()}
            onText={setNetworks}
            error={network()}
          />
          <ErrorBox
            error={create.error()}
            known={(pointer) => pointer === "/name" || pointer.startsWith("/allowlist")}
          />
          <div class="dialog-foot">
            <button type="button" class="button" onClick={() => props.onClose()}>
              {t.cancel}
            </button>
            <button type="submit" class="button primary" disabled={create.isBusy()}>
              {t.tokens.create}
            </button>
          </div>
        </Form>
      </Show>
    </Dialog>
  );
}
