import { and, eq, ne, or } from "drizzle-orm";
import { write } from "#db/client.ts";
import { applications } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { applicationFormValues, type UpdateApplicationInput } from "./rules.ts";

/**
 * Renames an application, or hides it from the lists to choose from. Its entries stay, and events still find it by the
 * name that their senders use.
 *
 * @returns `changed`: false if the values were the same already.
 */
export async function updateApplication(
  input: UpdateApplicationInput,
  actor: Actor,
  original?: OriginalValues,
  now: Date = new Date(),
): Promise<Result<{ name: string; changed: boolean }, "name">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const application = tx.select().from(applications).where(eq(applications.id, input.id)).get();
    if (!application) return refused("application_not_found", "This application does not exist.");
    if (application.mergedIntoId !== null) {
      return refused("application_merged", `${application.name} was merged into another application.`);
    }
    const current = applicationFormValues(application);
    const other = tx
      .select({ name: applications.name })
      .from(applications)
      .where(
        and(
          ne(applications.id, application.id),
          or(eq(applications.nameKey, foldForUniqueness(input.name)), eq(applications.name, input.name)),
        ),
      )
      .get();
    if (other) return refused("name_taken", `There is an application named ${other.name} already.`, "name");
    const changes = changesBetween(current, { name: input.name, status: input.status });
    if (!changes) return done({ name: application.name, changed: false });
    const stale = staleEdit(original, current);
    if (stale) return stale;
    tx.update(applications)
      .set({
        name: input.name,
        hiddenAt: input.status === "hidden" ? (application.hiddenAt ?? now) : null,
      })
      .where(eq(applications.id, application.id))
      .run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "application.updated",
          subject: { kind: "application", id: application.id, label: application.nameKey },
          ...changes,
        },
      ],
      now,
    );
    return done({ name: input.name, changed: true });
  });
}
