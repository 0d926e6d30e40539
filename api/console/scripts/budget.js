// How much a browser has to fetch, in Brotli: the pages that everybody sees first, and all of it.
import { readdirSync, readFileSync } from "node:fs";

const KB = 1000;
const LIMITS = { firstScripts: 60 * KB, firstStyles: 10 * KB, all: 220 * KB };

const dist = new URL("../dist/", import.meta.url);
const read = (name) => readFileSync(new URL(name, dist), "utf8");
const size = (name) => {
  try {
    return readFileSync(new URL(`${name}.br`, dist)).length;
  } catch {
    return readFileSync(new URL(name, dist)).length;
  }
};
const assets = readdirSync(new URL("assets/", dist))
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => `assets/${name}`);

// What index.html names, what that imports at once, and the pages named below with what they import at once.
const FIRST_PAGES = ["login", "shell", "list"];
const first = new Set();
function visit(name) {
  if (first.has(name) || !assets.includes(name)) return;
  first.add(name);
  if (!name.endsWith(".js")) return;
  for (const [, other] of read(name).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) visit(`assets/${other}`);
}
for (const [, name] of read("index.html").matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) visit(name);
for (const page of FIRST_PAGES) {
  const chunks = assets.filter((name) => new RegExp(`^assets/${page}-[^.]+\\.(js|css)$`).test(name));
  if (!chunks.some((name) => name.endsWith(".js"))) throw new Error(`no chunk of the page ${page} in the build`);
  for (const name of chunks) visit(name);
}

const sum = (names) => names.reduce((total, name) => total + size(name), 0);
const found = {
  firstScripts: sum([...first].filter((name) => name.endsWith(".js"))),
  firstStyles: sum([...first].filter((name) => name.endsWith(".css"))),
  all: sum(assets),
};
let isOver = false;
for (const [what, limit] of Object.entries(LIMITS)) {
  const over = found[what] > limit;
  isOver ||= over;
  console.log(
    `${what.padEnd(13)} ${(found[what] / KB).toFixed(1).padStart(6)} of ${limit / KB} KB${over ? "  TOO LARGE" : ""}`,
  );
}
if (isOver) process.exit(1);
