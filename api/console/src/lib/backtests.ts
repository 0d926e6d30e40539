/** Backtests, as several pages read them. */
import type { Schemas } from "@blockbotx/client";
import { api, unwrap } from "./api";
import { put } from "./config";
import { useQuery } from "./query";

export type Backtest = Schemas["Backtest"];
export type BacktestSpec = Schemas["BacktestSpec"];
export type SearchSpec = Schemas["SearchSpec"];
export type Figure = Schemas["Figure"];

/** Shares of one, which are shown in percent. */
export const SHARES: readonly string[] = ["total_return", "max_drawdown_ratio", "cagr", "win_rate", "time_in_market"];
/** Sums in quote. */
export const SUMS: readonly string[] = [
  "profit",
  "realised",
  "unrealised",
  "fees",
  "volume",
  "max_drawdown",
  "expectancy",
];
export const FIGURES = [
  "profit",
  "total_return",
  "realised",
  "unrealised",
  "fees",
  "volume",
  "max_drawdown",
  "max_drawdown_ratio",
  "sharpe",
  "sortino",
  "cagr",
  "calmar",
  "trades",
  "win_rate",
  "profit_factor",
  "expectancy",
  "expectancy_ratio",
  "time_in_market",
] as const satisfies readonly Figure[];

/** How often one that has not ended is asked for. */
const ASK_EVERY_MS = 1_500;

export const isOpen = (status: string | undefined) => status === "queued" || status === "running";

export const useBacktest = (id: () => string | undefined) =>
  useQuery<Backtest>(() => ({
    queryKey: ["backtests", "one", id()],
    queryFn: () => unwrap(api.GET("/api/v1/backtests/{id}", { params: { path: { id: id() ?? "" } } })),
    enabled: id() !== undefined,
    refetchInterval: (query) => isOpen(query.state.data?.status) && ASK_EVERY_MS,
  }));

/** What is played: of a search, before anything is varied. */
export function specOf(backtest: Backtest): BacktestSpec {
  return "backtest" in backtest.request ? backtest.request.backtest : backtest.request;
}

/** What was played, as a bot takes it: of a search with the values at a place of its best. */
export function configOf(backtest: Backtest, place: string | undefined): BacktestSpec["config"] {
  const config = JSON.parse(JSON.stringify(specOf(backtest).config)) as BacktestSpec["config"];
  const { result } = backtest;
  const ranked = result && "best" in result ? result.best[Number.parseInt(place ?? "0", 10)] : undefined;
  fieldsOf(backtest).forEach(({ pointer }, index) => {
    put(config, pointer, ranked?.values[index]);
  });
  return config;
}

/** What a search varies. */
export function fieldsOf(backtest: Backtest): SearchSpec["fields"] {
  return "fields" in backtest.request ? backtest.request.fields : [];
}
