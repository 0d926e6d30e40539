// Writes src/schema.ts from the OpenAPI document that the API's tests have agreed on. `--check`: only says whether it is so.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const snapshot = new URL(
  "../../../api/tests/it/snapshots/it__openapi__the_document_is_what_was_agreed.snap",
  import.meta.url,
);
const target = new URL("../src/schema.ts", import.meta.url);

// A head between two lines of dashes, then JSON.
const document = JSON.parse(readFileSync(snapshot, "utf8").split("---\n").slice(2).join("---\n"));
// Two operations of different parts may have one name; the types are found by path, so none is needed.
for (const operations of Object.values(document.paths)) {
  for (const operation of Object.values(operations)) {
    delete operation.operationId;
    // Refusals are of one shape, which `unwrap` throws.
    for (const status of Object.keys(operation.responses ?? {})) if (status >= "400") delete operation.responses[status];
  }
}
const types = astToString(await openapiTS(document, { alphabetize: true }));
const text = `// Made by \`npm run generate\` from the OpenAPI document. Not written by hand.\n${types}`;

if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("ops/client/src/schema.ts is not what the OpenAPI document says: run `npm run generate` in ops/client");
  process.exit(1);
}
