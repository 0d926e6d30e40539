import { api, unwrap } from "../../lib/api";
import { useInfiniteQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { Paged } from "../../ui/table";

export function Log() {
  const log = useInfiniteQuery(() => ({
    queryKey: ["account", "log"],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/me/security-log", {
          params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  }));
  return (
    <Paged
      label={t.account.tabs.log}
      query={log}
      empty={t.log.none}
      columns={[
        { label: t.fills.at, cell: (row) => moment(row.created_at) },
        { label: t.log.what, cell: (row) => row.kind.replaceAll("_", " ").replaceAll(".", ": ") },
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
