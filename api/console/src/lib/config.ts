/** Between the fields of a form, which are text by JSON pointer, and a configuration. */

export type Texts = Record<string, string>;
type Json = { [key: string]: unknown };

/** The fields of a configuration. Lists are left out: no field shows them. */
export function flatten(config: object, at = ""): Texts {
  const found: Texts = {};
  for (const [key, value] of Object.entries(config)) {
    const path = `${at}/${key}`;
    if (value === null || value === undefined || Array.isArray(value)) continue;
    if (typeof value === "object") Object.assign(found, flatten(value, path));
    else found[path] = `${value}`;
  }
  return found;
}

/** What is at a place of a configuration, lists among its parts; empty where there is nothing. */
export function textAt(config: object, path: string): string {
  let at: unknown = config;
  for (const part of parts(path)) at = typeof at === "object" && at !== null ? (at as Json)[part] : undefined;
  return at === null || at === undefined ? "" : `${at}`;
}

export interface Typed {
  path: string;
  type: "money" | "count" | "select" | "check" | "text";
  /** The object that there is only with this field: it goes when nothing is typed for it any more. */
  heads?: string;
}

/**
 * A configuration with what was typed. What is not shown, and what nobody touched, stays as it was stored: nothing is
 * filled in. A count that is no whole number goes out as it was typed, for the server to refuse at its place.
 */
export function build(stored: object, fields: readonly Typed[], texts: Texts, shown: (path: string) => boolean): Json {
  // What a query holds is a proxy, which structuredClone refuses.
  const config = JSON.parse(JSON.stringify(stored)) as Json;
  for (const { path, type } of fields) {
    const text = shown(path) ? (texts[path] ?? "").trim() : "";
    if (text === "" || (type === "check" && text === "false" && !has(stored, path))) remove(config, path);
    else set(config, path, parsed(type, text));
  }
  for (const { heads, path } of fields) {
    if (heads && isBlank(texts[path]) && !hasOther(fields, texts, heads)) remove(config, heads);
  }
  return prune(config);
}

const isBlank = (text: string | undefined) => (text ?? "").trim() === "" || text === "false";

/** Whether something is typed for an object; a choice alone says nothing. */
function hasOther(fields: readonly Typed[], texts: Texts, object: string): boolean {
  return fields.some(({ path, type }) => type !== "select" && path.startsWith(`${object}/`) && !isBlank(texts[path]));
}

function parsed(type: Typed["type"], text: string): unknown {
  switch (type) {
    case "count":
      return /^\d{1,12}$/.test(text) ? Number.parseInt(text, 10) : text;
    case "check":
      return text === "true";
    case "money":
      return text.replaceAll(/[\s']/g, "");
    case "select":
    case "text":
      return text;
  }
}

function parts(path: string): string[] {
  return path.split("/").slice(1);
}

function has(config: object, path: string): boolean {
  let at: unknown = config;
  for (const part of parts(path)) {
    if (typeof at !== "object" || at === null || !(part in at)) return false;
    at = (at as Json)[part];
  }
  return true;
}

/** Puts a value at its place, unless there is none. */
export function put(config: object, path: string, value: unknown): void {
  if (value !== undefined) set(config as Json, path, value);
}

function set(config: Json, path: string, value: unknown): void {
  const all = parts(path);
  const last = all.pop() ?? "";
  let at = config;
  for (const part of all) {
    const next = at[part];
    if (typeof next !== "object" || next === null) at[part] = {};
    at = at[part] as Json;
  }
  at[last] = value;
}

function remove(config: Json, path: string): void {
  const all = parts(path);
  const last = all.pop() ?? "";
  let at: unknown = config;
  for (const part of all) {
    if (typeof at !== "object" || at === null) return;
    at = (at as Json)[part];
  }
  if (typeof at === "object" && at !== null) delete (at as Json)[last];
}

/** Without objects of which nothing is left. */
function prune(config: Json): Json {
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      if (Object.keys(prune(value as Json)).length === 0) delete config[key];
    }
  }
  return config;
}
