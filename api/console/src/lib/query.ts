/**
 * What the server told, as a store. Reading it never suspends: an answer that is still missing is `undefined`. Where a read
 * suspends, Solid takes the page out of the document until the answer is there, and whoever types in it loses the focus and
 * the next keys.
 */
import {
  InfiniteQueryObserver,
  type InfiniteQueryObserverOptions,
  type InfiniteQueryObserverResult,
  QueryObserver,
  type QueryObserverOptions,
  type QueryObserverResult,
} from "@tanstack/query-core";
import { batch, createComputed, createMemo, on, onCleanup, untrack } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import { queries } from "./api";

/** Reads something, again whenever its options change. */
export function useQuery<T>(options: () => QueryObserverOptions<T>): QueryObserverResult<T> {
  const wanted = createMemo(() => optimistic(queries.defaultQueryOptions(options())));
  const observer = new QueryObserver(queries, untrack(wanted));
  return watched(observer, wanted, (next) => observer.getOptimisticResult(next as never));
}

type Paged<T, P> = InfiniteQueryObserverOptions<T, Error, { pages: T[]; pageParams: P[] }, readonly unknown[], P>;

/** Reads a list by its pages. */
export function useInfiniteQuery<T, P>(
  options: () => Paged<T, P>,
): InfiniteQueryObserverResult<{ pages: T[]; pageParams: P[] }> {
  const wanted = createMemo(() => optimistic(queries.defaultQueryOptions(options() as never)) as never);
  const observer = new InfiniteQueryObserver<T, Error, { pages: T[]; pageParams: P[] }, readonly unknown[], P>(
    queries,
    untrack(wanted),
  );
  return watched(observer, wanted, (next) => observer.getOptimisticResult(next as never));
}

interface Observer<O, R> {
  setOptions(options: O): void;
  subscribe(listener: (result: R) => void): () => void;
}

function watched<O, R extends { data: unknown }>(
  observer: Observer<O, R>,
  options: () => O,
  resultOf: (options: O) => R,
): R {
  const first = resultOf(untrack(options));
  const [result, setResult] = createStore<{ data: unknown }>({ ...first, data: copyOf(first.data) });
  const take = ({ data, ...rest }: R) =>
    batch(() => {
      setResult(rest);
      // Changed in place: a row that is read again keeps its place in the document, what is typed in it, and the focus.
      setResult("data", data === undefined ? undefined : reconcile(copyOf(data), { key: "id" }));
    });
  createComputed(
    on(
      options,
      (next) => {
        observer.setOptions(next);
        take(resultOf(next));
      },
      { defer: true },
    ),
  );
  onCleanup(observer.subscribe(take));
  return result as R;
}

/** What is cached stays as it was answered: a store changes what it was given. */
function copyOf<T>(data: T): T {
  return structuredClone(data);
}

/** The store finds out itself what has changed. */
function optimistic<O extends object>(options: O) {
  return { ...options, _optimisticResults: "optimistic" as const, structuralSharing: false };
}
