import { A, useSearchParams } from "@solidjs/router";
import { For, Show } from "solid-js";
import { api, unwrap } from "../../lib/api";
import { SHARES } from "../../lib/backtests";
import { exact, share, short } from "../../lib/money";
import { useQuery } from "../../lib/query";
import { moment } from "../../lib/time";
import { t } from "../../texts";
import { backtests as words } from "../../texts/backtests";
import { ErrorBox } from "../../ui/error";
import { Loading } from "../../ui/parts";
import { Title } from "../../ui/title";

/** Figures of two to ten backtests, side by side. */
export default function Compare() {
  const [search] = useSearchParams<{ ids?: string }>();
  const found = useQuery(() => ({
    queryKey: ["backtests", "compare", search.ids],
    queryFn: () => unwrap(api.GET("/api/v1/backtests/compare", { params: { query: { ids: search.ids ?? "" } } })),
  }));
  return (
    <>
      <div class="title-row">
        <Title text={words.compareTitle} />
      </div>
      <ErrorBox error={found.error} retry={() => found.refetch()} />
      <Show when={found.data} fallback={<Show when={!found.error}>{<Loading />}</Show>}>
        {(compared) => (
          <div class="table-wrap" tabindex="0" role="region" aria-label={words.compareTitle}>
            <table class="table compared">
              <thead>
                <tr>
                  <th scope="col">{words.what}</th>
                  <For each={compared().backtests}>
                    {(one) => (
                      <th scope="col" class="number">
                        <A href={`/backtests/${one.id}`}>{moment(one.created_at)}</A>
                        <br />
                        {t.kinds[one.bot_type as keyof typeof t.kinds] ?? one.bot_type} · {one.symbol}
                      </th>
                    )}
                  </For>
                </tr>
              </thead>
              <tbody>
                <For each={compared().figures}>
                  {({ figure, values }) => (
                    <tr>
                      <th scope="row">{words.figures[figure]}</th>
                      <For each={values}>
                        {(value) => (
                          <td class="number" title={value ? exact(value) : undefined}>
                            {value ? (SHARES.includes(figure) ? share(value) : short(value)) : "–"}
                          </td>
                        )}
                      </For>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </div>
        )}
      </Show>
    </>
  );
}
