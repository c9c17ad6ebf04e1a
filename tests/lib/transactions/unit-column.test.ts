import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { statement } from "#db/statement.ts";
import { addDays, firstDay, monthOf } from "#lib/calendar.ts";
import { bucketStart } from "#lib/transactions/rules/periods.ts";
import { unitColumn } from "#lib/transactions/spending.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

/** 400 years, after which the weekdays of all dates repeat. */
const DAYS = Array.from({ length: 146_097 }, (_, index) => addDays(19_700_101, index));

it.each(["day", "week", "month", "year"] as const)("SQL gives the first day of each %s", (granularity) => {
  const units = statement(
    sql`SELECT ${unitColumn(granularity)} FROM (SELECT value AS day FROM json_each(${JSON.stringify(DAYS)}))`,
  ).numbers();
  const first = (day: number) =>
    granularity === "week"
      ? Math.max(bucketStart(day, "week"), firstDay(monthOf(day)))
      : bucketStart(day, granularity);
  expect(DAYS.at(-1)).toBe(23_691_231);
  expect(units).toEqual(DAYS.map(first));
});
