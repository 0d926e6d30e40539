/** What several pages ask for. */
import type { Schemas } from "@blockbotx/client";
import { all, api, unwrap } from "./api";
import { isFresh } from "./live";
import { useQuery } from "./query";

export type Bot = Schemas["Bot"];
export type Connection = Schemas["Connection"];
export type Performance = Schemas["Performance"];
export type BotConfig = Schemas["BotConfig"];
export type PaperSpec = Schemas["PaperSpec"];

const LIMIT = 100;
/** How often what events keep right is asked for while none come. */
const WITHOUT_EVENTS_MS = 5_000;

/** For what somebody waits for who has pressed a button: it is asked for while no events come. */
export const everyWithoutEvents = () => !isFresh() && WITHOUT_EVENTS_MS;

export const useBots = () =>
  useQuery(() => ({
    queryKey: ["bots"],
    refetchInterval: everyWithoutEvents(),
    queryFn: () =>
      all((cursor) =>
        unwrap(api.GET("/api/v1/bots", { params: { query: { limit: LIMIT, ...(cursor && { cursor }) } } })),
      ),
  }));

/** `everyMs`: how often to ask besides, where feeds are watched: their clocks are no events. */
export const useConnections = (everyMs: number | false = false) =>
  useQuery(() => ({
    refetchInterval: everyMs,
    queryKey: ["connections"],
    queryFn: () =>
      all((cursor) =>
        unwrap(
          api.GET("/api/v1/exchange-connections", { params: { query: { limit: LIMIT, ...(cursor && { cursor }) } } }),
        ),
      ),
  }));

/** Whether figures move with the price, which is no event: then they are asked for besides. */
export const isMoving = (status: string) => !["draft", "stopped", "error"].includes(status);

/** The connection of a bot, once both are known. */
export function connectionOf(connections: Connection[] | undefined, id: string | undefined): Connection | undefined {
  return connections?.find((connection) => connection.id === id);
}

/** Whether a connection moves real money. */
export const isReal = (connection: Connection | undefined) =>
  connection !== undefined && connection.venue !== "paper" && !connection.testnet;

/** The settings of a paper account; the document calls them an object. */
export function paperOf(connection: Connection | undefined): PaperSpec | null {
  return (connection?.paper ?? null) as PaperSpec | null;
}

/** The name of a connection's market in channels, where it publishes any. */
export function channelOf(connection: Connection | undefined, kind: "ticker" | "candles"): string | null {
  const paper = paperOf(connection);
  if (!connection || !paper) return null;
  const market = `${kind}:paper-${connection.id}:${paper.symbol}`;
  return kind === "ticker" ? market : `${market}:${intervalOf(paper)}`;
}

export function intervalOf(paper: PaperSpec): string {
  return paper.feed.kind === "synthetic" ? (paper.feed.interval ?? "1m") : "1m";
}
