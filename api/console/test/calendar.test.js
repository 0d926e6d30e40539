import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.js";

const { weeksOf } = await load("lib/calendar.ts");

test("weeks begin on Monday and hold the first and the last day", () => {
  const weeks = weeksOf(["2024-02-29", "2024-03-04"]);
  assert.equal(weeks.length, 2);
  assert.deepEqual(
    weeks.map((week) => [week[0].date, week[6].date]),
    [
      ["2024-02-26", "2024-03-03"],
      ["2024-03-04", "2024-03-10"],
    ],
  );
});

test("days over a change of clocks are neither lost nor doubled, whatever the zone of the machine", () => {
  const days = weeksOf(["2024-03-25", "2024-04-07"]).flat();
  assert.equal(new Set(days.map(({ date }) => date)).size, 14);
});

test("a long past is cut to the newest year, and no day is no week", () => {
  assert.equal(weeksOf(["2010-01-01", "2024-01-01"]).length, 53);
  assert.deepEqual(weeksOf([]), []);
});
