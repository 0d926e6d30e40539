import type { Schemas } from "@blockbotx/client";
import { useSearchParams } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import { api, queries, unwrap, user } from "../../lib/api";
import { fieldsOf } from "../../lib/problem";
import { useInfiniteQuery } from "../../lib/query";
import { day, moment } from "../../lib/time";
import { t } from "../../texts";
import { admin as words } from "../../texts/admin";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input } from "../../ui/form";
import { Paged } from "../../ui/table";
import { Refused } from "./refused";

type Account = Schemas["Account"];
type Act = keyof typeof words.acts;
const STATUSES = ["active", "suspended", "banned"] as const;

/** Every account, found by address or name. */
export function Users() {
  const [search, setSearch] = useSearchParams<{ q?: string; status?: string }>();
  const status = () => STATUSES.find((one) => one === search.status);
  const found = useInfiniteQuery(() => ({
    queryKey: ["admin", "users", search.q, status()],
    queryFn: ({ pageParam }) => {
      const [q, wanted] = [search.q, status()];
      return unwrap(
        api.GET("/api/v1/admin/users", {
          params: {
            query: {
              limit: 50,
              ...(pageParam && { cursor: pageParam }),
              ...(q && { q }),
              ...(wanted && { status: wanted }),
            },
          },
        }),
      );
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  }));
  const [asked, setAsked] = createSignal<{ account: Account; act: Act } | null>(null);
  const possible = (account: Account): Act[] =>
    account.id === user()?.id
      ? []
      : account.status === "active"
        ? ["suspend", "ban", "sessions"]
        : account.status === "suspended"
          ? ["reactivate", "ban"]
          : ["reactivate"];
  return (
    <>
      <div class="tools">
        <input
          type="search"
          placeholder={words.find}
          aria-label={words.find}
          value={search.q ?? ""}
          onInput={(event) => setSearch({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        <select
          aria-label={words.byStatus}
          onChange={(event) => setSearch({ status: event.currentTarget.value || undefined }, { replace: true })}
        >
          <option value="">{words.anyStatus}</option>
          {STATUSES.map((one) => (
            <option value={one} selected={search.status === one}>
              {words.statuses[one]}
            </option>
          ))}
        </select>
      </div>
      <Show when={!found.error} fallback={<Refused error={found.error} retry={() => found.refetch()} />}>
        <Paged
          label={words.tabs.users}
          query={found}
          empty={words.none}
          columns={[
            {
              label: words.email,
              cell: (row) => (
                <span class="agent" title={row.display_name}>
                  {row.email}
                </span>
              ),
            },
            { label: words.role, cell: (row) => words.roles[row.role as keyof typeof words.roles] ?? row.role },
            {
              label: words.status,
              cell: (row) => (
                <>
                  {words.statuses[row.status as keyof typeof words.statuses] ?? row.status}
                  <Show when={row.status_reason}>{(reason) => <small class="faint"> {reason()}</small>}</Show>
                </>
              ),
            },
            { label: words.bots, isNumber: true, cell: (row) => row.bots },
            { label: words.connections, isNumber: true, cell: (row) => row.connections },
            { label: words.since, cell: (row) => day(row.created_at) },
            { label: words.seen, cell: (row) => (row.last_seen_at ? moment(row.last_seen_at) : "–") },
            {
              label: t.actions.title,
              cell: (row) => (
                <span class="row-actions">
                  <For each={possible(row)} fallback="–">
                    {(act) => (
                      <button type="button" class="button small" onClick={() => setAsked({ account: { ...row }, act })}>
                        {words.acts[act].button}
                      </button>
                    )}
                  </For>
                </span>
              ),
            },
          ]}
        />
      </Show>
      <Show when={asked()} keyed>
        {(one) => <Confirm {...one} onClose={() => setAsked(null)} />}
      </Show>
    </>
  );
}

function Confirm(props: { account: Account; act: Act; onClose: () => void }) {
  const [reason, setReason] = createSignal("");
  const needsReason = () => props.act !== "sessions";
  const send = createAction(async () => {
    const params = { path: { id: props.account.id } };
    const body = { reason: reason().trim() };
    const calls = {
      suspend: () => api.POST("/api/v1/admin/users/{id}/suspend", { params, body }),
      ban: () => api.POST("/api/v1/admin/users/{id}/ban", { params, body }),
      reactivate: () => api.POST("/api/v1/admin/users/{id}/reactivate", { params, body }),
    };
    if (props.act === "sessions") await unwrap(api.DELETE("/api/v1/admin/users/{id}/sessions", { params }));
    else await unwrap(calls[props.act]());
    await queries.invalidateQueries({ queryKey: ["admin", "users"] });
    props.onClose();
  });
  const said = () => words.acts[props.act];
  return (
    <Dialog title={said().title(props.account.email)} isOpen onClose={props.onClose}>
      <Form onSend={() => void send.act()}>
        <p>{said().text}</p>
        <Show when={needsReason()}>
          <Input
            label={words.reason}
            hint={words.reasonHint}
            value={reason()}
            onText={setReason}
            error={fieldsOf(send.error())["/reason"]}
          />
        </Show>
        <ErrorBox error={send.error()} known={(pointer) => pointer === "/reason"} />
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            {t.cancel}
          </button>
          <button
            type="submit"
            class="button"
            classList={{ danger: props.act !== "reactivate", primary: props.act === "reactivate" }}
            disabled={send.isBusy() || (needsReason() && reason().trim() === "")}
          >
            {said().button}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
