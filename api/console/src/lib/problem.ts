/** What is said of an error. */
import { isProblem, Unreachable } from "@blockbotx/client";
import { t } from "../texts";
import { isMissingPart } from "./reload";

export interface Said {
  title: string;
  detail: string;
  requestId: string | null;
  /** Fields that no input shows, as `pointer message`. */
  fields: { pointer: string; message: string }[];
}

export function said(error: unknown): Said {
  if (isProblem(error)) {
    const limit =
      error.code === "entitlement_exceeded" && error.body.limit !== undefined
        ? t.errors.limit(`${error.body.current ?? "?"}`, `${error.body.limit}`)
        : "";
    return {
      title: error.title,
      detail: [error.detail, limit].filter(Boolean).join(" "),
      requestId: error.requestId,
      fields: [...error.errors],
    };
  }
  if (error instanceof Unreachable) return { ...t.errors.unreachable, requestId: null, fields: [] };
  if (isMissingPart(error)) return { ...t.errors.part, requestId: null, fields: [] };
  return {
    title: t.errors.bug,
    detail: error instanceof Error ? error.message : `${error}`,
    requestId: null,
    fields: [],
  };
}

/** Messages by pointer, of a problem's fields. */
export function fieldsOf(error: unknown): Record<string, string> {
  if (!isProblem(error)) return {};
  return Object.fromEntries(error.errors.map(({ pointer, message }) => [pointer, message]));
}
