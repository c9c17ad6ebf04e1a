import { sql } from "drizzle-orm";
import { customType } from "drizzle-orm/sqlite-core";

// The driver returns every integer as a bigint (safe integers), so each column defines its type in JavaScript.

type Integer<T> = { data: T; driverData: bigint | number };

/** Micro-credits: 1 credit is 1_000_000n. */
export const credits = customType<Integer<bigint>>({
  dataType: () => "integer",
  fromDriver: (value) => BigInt(value),
});

/** Whole number below 2^53: ids, counts, bytes. */
export const count = customType<Integer<number>>({
  dataType: () => "integer",
  fromDriver: (value) => Number(value),
});

/** A moment in time, kept as UTC milliseconds since 1970. */
export const instant = customType<Integer<Date>>({
  dataType: () => "integer",
  fromDriver: (value) => new Date(Number(value)),
  toDriver: (value) => value.getTime(),
});

/** Yes or no, kept as 1 or 0. */
export const flag = customType<Integer<boolean>>({
  dataType: () => "integer",
  fromDriver: (value) => Number(value) === 1,
  toDriver: (value) => (value ? 1 : 0),
});

/** The table's row id, given by SQLite when an insert leaves it out. */
export const rowId = () =>
  count("id")
    .primaryKey()
    .$defaultFn(() => sql`NULL` as never);
