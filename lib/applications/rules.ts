import { z } from "zod";
import { nameField, rowId } from "#lib/fields.ts";
import { ROW_ID } from "#lib/row-id.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

const APPLICATION_NAME_MAX_CHARACTERS = 100;

/** At most this number of applications is merged into one, because pages add them up. */
export const MAX_MERGED_APPLICATIONS = 100;

export const LISTED = ["listed", "hidden"] as const;

export const applicationIdInput = z.object({ id: rowId("Unknown application.") });

/** Merges an application into another: both are ids. */
export const mergeApplicationsInput = z.object({
  id: rowId("Unknown application."),
  into: rowId("Unknown application."),
});
export type MergeApplicationsInput = z.output<typeof mergeApplicationsInput>;

/** Renames an application, or takes it out of the lists to choose from. Senders keep their own name for it. */
export const updateApplicationInput = z.object({
  id: rowId("Unknown application."),
  name: nameField(APPLICATION_NAME_MAX_CHARACTERS),
  status: z.enum(LISTED, "Choose whether it is listed."),
});
export type UpdateApplicationInput = z.output<typeof updateApplicationInput>;

/**
 * What the filter's text field shows for an application. Digits in that field are an id, so a name of digits alone is
 * shown as its id.
 */
export function applicationText(application: { id: number; name: string }): string {
  return ROW_ID.test(application.name) ? String(application.id) : application.name;
}

/** An application's values as its form shows them. */
export function applicationFormValues(application: {
  name: string;
  hiddenAt: Date | null;
}): OriginalValues & { name: string; status: (typeof LISTED)[number] } {
  return { name: application.name, status: application.hiddenAt ? "hidden" : "listed" };
}
