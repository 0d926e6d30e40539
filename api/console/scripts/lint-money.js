// Money is a string from end to end: outside src/chart nothing turns text into a number. `parseInt` is for counts.
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "@babel/parser";

const root = new URL("../src/", import.meta.url);
const BANNED = new Set(["Number", "parseFloat"]);

/** What is banned in a source text, as `line: what`. */
export function findings(source) {
  const found = [];
  const say = (node, what) => found.push(`${node.loc.start.line}: ${what}`);
  const isNumber = (node) => node?.type === "Identifier" && node.name === "Number";
  const visit = (node) => {
    if (node.type === "CallExpression" || node.type === "NewExpression") {
      const { callee } = node;
      if (callee.type === "Identifier" && BANNED.has(callee.name)) say(node, `${callee.name}()`);
      if (callee.type === "MemberExpression" && isNumber(callee.object) && callee.property.name === "parseFloat") {
        say(node, "Number.parseFloat()");
      }
      for (const argument of node.arguments) {
        if (argument.type === "Identifier" && BANNED.has(argument.name))
          say(argument, `${argument.name} as a function`);
      }
    }
    if (node.type === "UnaryExpression" && node.operator === "+") say(node, "unary plus");
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child !== null && typeof child === "object" && typeof child.type === "string") visit(child);
      }
    }
  };
  visit(parse(source, { sourceType: "module", plugins: ["typescript", "jsx"] }).program);
  return found;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const files = readdirSync(root, { recursive: true })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("chart/"));
  const all = files.flatMap((name) =>
    findings(readFileSync(new URL(name, root), "utf8")).map((found) => `src/${name}:${found}`),
  );
  for (const one of all) console.error(`${one}: money is a string; see ops/docs/CONSOLE.md`);
  if (all.length > 0 || files.length === 0) process.exit(1);
}
