import { Show } from "solid-js";
import { all, api, queries, signedOut, unwrap } from "../../lib/api";
import { useQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { createAction } from "../../ui/form";
import { Loading } from "../../ui/parts";
import { Table } from "../../ui/table";

export function Sessions() {
  const sessions = useQuery(() => ({
    queryKey: ["account", "sessions"],
    queryFn: () =>
      all((cursor) =>
        unwrap(api.GET("/api/v1/auth/sessions", { params: { query: { limit: 100, ...(cursor && { cursor }) } } })),
      ),
  }));
  const revoke = createAction(async (id: string) => {
    await unwrap(api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id } } }));
    await queries.invalidateQueries({ queryKey: ["account", "sessions"] });
  });
  const everywhere = createAction(async () => {
    await unwrap(api.POST("/api/v1/auth/logout-all"));
    signedOut();
  });
  return (
    <>
      <ErrorBox error={sessions.error ?? revoke.error() ?? everywhere.error()} />
      <Show when={!sessions.isPending} fallback={<Loading />}>
        <Table
          label={t.account.tabs.sessions}
          rows={sessions.data ?? []}
          empty=""
          columns={[
            {
              label: t.sessions.device,
              cell: (row) => (
                <span class="agent" title={row.agent ?? ""}>
                  {deviceOf(row.agent)}
                </span>
              ),
            },
            { label: t.sessions.address, cell: (row) => row.address ?? "–" },
            { label: t.sessions.used, cell: (row) => moment(row.last_used_at) },
            { label: t.sessions.since, cell: (row) => moment(row.created_at) },
            {
              label: t.actions.title,
              cell: (row) => (
                <Show when={!row.current} fallback={<span class="said good">{t.sessions.this}</span>}>
                  <button
                    type="button"
                    class="button small"
                    disabled={revoke.isBusy()}
                    onClick={() => void revoke.act(row.id)}
                  >
                    {t.sessions.end}
                  </button>
                </Show>
              ),
            },
          ]}
        />
        <button
          type="button"
          class="button danger"
          disabled={everywhere.isBusy()}
          onClick={() => void everywhere.act()}
        >
          {t.sessions.endAll}
        </button>
      </Show>
    </>
  );
}

/** What an agent's text says of browser and system. */
function deviceOf(agent: string | null | undefined): string {
  if (!agent) return t.sessions.unknown;
  const browser = ["Firefox", "Edg", "Chrome", "Safari"].find((name) => agent.includes(name));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => agent.includes(name));
  return [browser === "Edg" ? "Edge" : browser, system].filter(Boolean).join(", ") || agent.slice(0, 40);
}
