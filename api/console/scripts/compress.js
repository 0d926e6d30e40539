// Puts a Brotli and a gzip form beside each file of the build that gets smaller by it: the API sends them as they are.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const names = readdirSync(dist, { recursive: true }).filter((name) =>
  /\.(html|js|css|svg|json|webmanifest)$/.test(name),
);
for (const name of names) {
  const file = new URL(name.replaceAll("\\", "/"), dist);
  const plain = readFileSync(file);
  const br = brotliCompressSync(plain, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  const gzip = gzipSync(plain, { level: 9 });
  for (const [suffix, packed] of [
    [".br", br],
    [".gz", gzip],
  ]) {
    if (packed.length < plain.length) writeFileSync(new URL(file.href + suffix), packed);
  }
}
console.log(`console: ${names.length} files compressed`);
