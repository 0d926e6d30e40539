// Moves the source maps out of the build, which is served and embedded, to maps/, with the scripts that they are of: for the
// error reports.
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";

const assets = new URL("../dist/assets/", import.meta.url);
const maps = new URL("../maps/", import.meta.url);
rmSync(maps, { recursive: true, force: true });
mkdirSync(maps);
for (const name of readdirSync(assets)) {
  if (name.endsWith(".js")) copyFileSync(new URL(name, assets), new URL(name, maps));
  if (name.endsWith(".map")) renameSync(new URL(name, assets), new URL(name, maps));
}
