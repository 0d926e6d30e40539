import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { newest } = await load("lib/newest.ts");

/** A list of so many rows, in pages of two, the newest first; and which pages were read. */
function list(count) {
  const asked = [];
  const page = async (cursor) => {
    asked.push(cursor ?? "first");
    const from = cursor === undefined ? count : Number(cursor);
    const data = [from, from - 1].filter((id) => id > 0).map((id) => ({ id: `${id}` }));
    return { data, next_cursor: from > 2 ? `${from - 2}` : null };
  };
  return { asked, page };
}
const ids = (rows) => rows.map(({ id }) => id).join(" ");

test("of a list that is not known all pages are read, up to the most that is wanted", async () => {
  const short = list(3);
  assert.equal(ids(await newest([], short.page, 100)), "3 2 1");
  const long = list(9);
  assert.equal(ids(await newest([], long.page, 5)), "9 8 7 6 5");
  assert.deepEqual(long.asked, ["first", "7", "5"]);
  assert.deepEqual(await newest([], list(0).page, 5), []);
});

test("what is new is put before what is known, and nothing between them is left out", async () => {
  const known = await newest([], list(4).page, 6);
  const little = list(5);
  assert.equal(ids(await newest(known, little.page, 6)), "5 4 3 2 1");
  assert.deepEqual(little.asked, ["first"]);
  const much = list(9);
  assert.equal(ids(await newest(known, much.page, 6)), "9 8 7 6 5 4");
  assert.deepEqual(much.asked, ["first", "7", "5"]);
  assert.equal(ids(await newest(known, list(4).page, 6)), "4 3 2 1");
});
