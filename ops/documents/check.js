// Lints the documents that the API's tests have agreed on: each is the snapshot of what is served.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const snapshots = join(here, "../../api/tests/it/snapshots");
const documents = {
  openapi: "it__openapi__the_document_is_what_was_agreed.snap",
  asyncapi: "it__asyncapi__the_document_of_sockets_is_what_was_agreed.snap",
};

const work = mkdtempSync(join(tmpdir(), "documents-"));
try {
  const files = Object.entries(documents).map(([name, snapshot]) => {
    // A head between two lines of dashes, then JSON.
    const text = readFileSync(join(snapshots, snapshot), "utf8").split("---\n").slice(2).join("---\n");
    const file = join(work, `${name}.json`);
    writeFileSync(file, text);
    return file;
  });
  const linter = join(here, "node_modules/@redocly/cli/bin/cli.js");
  const done = spawnSync(process.execPath, [linter, "lint", "--config", join(here, "redocly.yaml"), ...files], {
    encoding: "utf8",
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
  if (done.status !== 0) {
    console.error(done.stdout + done.stderr);
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true });
}
