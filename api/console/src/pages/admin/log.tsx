import { api, unwrap } from "../../lib/api";
import { useInfiniteQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { admin as words } from "../../texts/admin";
import { Paged } from "../../ui/table";

/** What has happened to accounts, everybody's. */
export function AdminLog() {
  const log = useInfiniteQuery(() => ({
    queryKey: ["admin", "log"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/admin/security-log", {
          params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  }));
  return (
    <Paged
      label={words.tabs.log}
      query={log}
      empty={words.noLog}
      columns={[
        { label: t.fills.at, cell: (row) => moment(row.at) },
        { label: words.kind, cell: (row) => row.kind.replaceAll("_", " ") },
        { label: words.account, cell: (row) => <code>{row.user_id ?? "–"}</code> },
        { label: t.sessions.address, cell: (row) => row.address ?? "–" },
        {
          label: t.sessions.device,
          cell: (row) => (
            <span class="agent" title={row.agent ?? ""}>
              {row.agent?.slice(0, 48) ?? "–"}
            </span>
          ),
        },
      ]}
    />
  );
}
