import { plainCredits } from "#lib/credits.ts";

/** The values of an audit entry before or after a change, by the names of their fields. */
export type Values = Record<string, unknown>;

/** Micro-credits of a column as audit entries write them. A damaged value of another type equals no entry. */
export const credits = (value: unknown): string | null =>
  typeof value === "bigint" ? plainCredits(value) : value === null ? null : `${typeof value} ${value}`;

/** The values in the text of an audit entry. The check of the chain reports a text that is not a JSON object. */
export function parsed(text: string | null): Values {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Values) : {};
  } catch {
    return {};
  }
}
