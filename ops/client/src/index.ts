/** Typed client of the BlockbotX API, for browsers and Node. */
export { type Api, type ApiOptions, createApi, unwrap } from "./api.js";
export { isProblem, Problem, problemOf, Unreachable } from "./problem.js";
export {
  type Clock,
  connect,
  type EventPage,
  type MarketMessage,
  type NoticeMessage,
  type Position,
  type Realtime,
  type RealtimeOptions,
  type RealtimeStatus,
  type SocketToken,
} from "./realtime.js";
export type { components, paths } from "./schema.js";
export { apiToken, cookieSession, type Session, type SessionStore, type Tokens, tokenSession } from "./session.js";

import type { components } from "./schema.js";

/** What the API sends and takes, by name. */
export type Schemas = components["schemas"];
/** An event of the user's log. */
export type Event = Schemas["Event"];
