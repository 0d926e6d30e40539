// A module of the source as Node can import it: those without imports of their own.
import { readFileSync } from "node:fs";
import ts from "typescript";

export async function load(name) {
  const source = readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8");
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}
