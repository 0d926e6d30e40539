import { For, type JSX, Show } from "solid-js";
import { t } from "../texts";
import { ErrorBox } from "./error";
import { Loading } from "./parts";

export interface Column<T> {
  label: string;
  cell: (row: T) => JSX.Element;
  /** Digits stand under digits. */
  isNumber?: boolean;
}

/** A table; on phones each row is a card. */
export function Table<T>(props: { label: string; columns: readonly Column<T>[]; rows: readonly T[]; empty: string }) {
  return (
    <Show when={props.rows.length > 0} fallback={<p class="nothing">{props.empty}</p>}>
      <div class="table-wrap" tabindex="0" role="region" aria-label={props.label}>
        <table class="table">
          <thead>
            <tr>
              <For each={props.columns}>
                {(column) => (
                  <th scope="col" classList={{ number: column.isNumber }}>
                    {column.label}
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <For each={props.rows}>
              {(row) => (
                <tr>
                  <For each={props.columns}>
                    {(column) => (
                      <td data-label={column.label} classList={{ number: column.isNumber }}>
                        {column.cell(row)}
                      </td>
                    )}
                  </For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </Show>
  );
}

interface Pages<T> {
  data: { pages: { data: T[] }[] } | undefined;
  error: unknown;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

/** A list that comes in pages. */
export function Paged<T>(props: { label: string; query: Pages<T>; columns: readonly Column<T>[]; empty: string }) {
  const rows = () => (props.query.isPending ? undefined : props.query.data)?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Show when={!props.query.isPending} fallback={<Loading />}>
      <ErrorBox error={props.query.error} retry={() => props.query.refetch()} />
      <Table label={props.label} columns={props.columns} rows={rows()} empty={props.empty} />
      <Show when={props.query.hasNextPage}>
        <button
          type="button"
          class="button more"
          disabled={props.query.isFetchingNextPage}
          onClick={() => props.query.fetchNextPage()}
        >
          {props.query.isFetchingNextPage ? t.loading : t.more}
        </button>
      </Show>
    </Show>
  );
}
