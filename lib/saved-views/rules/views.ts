import { z } from "zod";
import { asTransform, nameField, type ReadResult, rowId } from "#lib/fields.ts";
import { isListPath } from "./lists.ts";

const VIEW_NAME_MAX_CHARACTERS = 60;
const HREF_MAX_CHARACTERS = 2_000;

/** How many views a user may have, and how many are shared in all. */
export const VIEWS_MAX = 100;
/** How many views a user may star: each is a line of the navigation. */
export const STARS_MAX = 10;

/** Which page of a list is shown is no part of a view, and neither is that all of it is to be printed. */
const PLACES = ["page", "before", "after", "print"];

/**
 * Reads the address of a list: path and query of one of our own pages. Whether its filters mean anything is for the page,
 * which replaces what it cannot read by defaults.
 */
export function readViewHref(text: string): ReadResult<string> {
  const fault = { ok: false, message: "Only lists of this portal can be saved as a view." } as const;
  if (text.length > HREF_MAX_CHARACTERS) return { ok: false, message: "This view has too many filters." };
  if (!text.startsWith("/") || text.startsWith("//") || text.includes("\\")) return fault;
  const url = URL.parse(text, "http://portal.invalid");
  if (url?.origin !== "http://portal.invalid" || !isListPath(url.pathname)) return fault;
  for (const name of PLACES) url.searchParams.delete(name);
  return { ok: true, value: url.pathname + url.search };
}

const viewId = rowId("Unknown view.");
const viewName = nameField(VIEW_NAME_MAX_CHARACTERS);

export const saveViewInput = z.object({
  name: viewName,
  href: z.string().transform(asTransform(readViewHref)),
  /** A checkbox. */
  shared: z
    .string()
    .optional()
    .transform((value) => value === "on"),
});
export type SaveViewInput = z.output<typeof saveViewInput>;

export const renameViewInput = z.object({ id: viewId, name: viewName });
export type RenameViewInput = z.output<typeof renameViewInput>;

export const removeViewInput = z.object({ id: viewId });
export const starViewInput = z.object({ id: viewId, starred: z.enum(["on", "off"]) });
