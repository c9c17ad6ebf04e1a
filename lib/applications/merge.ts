import { count, eq, inArray } from "drizzle-orm";
import { type Reader, write } from "#db/client.ts";
import { applications } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { MAX_MERGED_APPLICATIONS, type MergeApplicationsInput } from "./rules.ts";

/** What a merge would do. */
export type ApplicationMergePlan = {
  application: { id: number; name: string; nameKey: string };
  into: { id: number; name: string; nameKey: string };
  /** How many applications were merged into `application` before, and follow it. */
  followers: number;
};

const applicationOf = (reader: Reader, id: number) =>
  reader.select().from(applications).where(eq(applications.id, id)).get();

/** Plans the merge of the application `id` into the application `into`. */
export function planApplicationMerge(
  reader: Reader,
  { id, into: intoId }: MergeApplicationsInput,
): Result<ApplicationMergePlan> {
  const application = applicationOf(reader, id);
  const into = applicationOf(reader, intoId);
  if (!application || !into) return refused("application_not_found", "This application does not exist.");
  if (id === intoId) {
    return refused(
      "same_application",
      `${into.name} cannot be merged into itself. Name another application.`,
    );
  }
  for (const { name, mergedIntoId } of [application, into]) {
    if (mergedIntoId !== null) {
      return refused("application_merged", `${name} was merged into another application already.`);
    }
  }
  const countOf = (ids: number[]) =>
    reader.select({ count: count() }).from(applications).where(inArray(applications.mergedIntoId, ids)).get()
      ?.count ?? 0;
  // The one that is merged now counts too. The filter of one application reads all of them.
  if (countOf([id, intoId]) + 1 >= MAX_MERGED_APPLICATIONS) {
    return refused(
      "too_many_merged",
      `Fewer than ${MAX_MERGED_APPLICATIONS} applications can be merged into one. Hide the others instead.`,
    );
  }
  return done({ application, into, followers: countOf([id]) });
}

/**
 * Merges an application into another: lists, filters, figures and exports show the other in its place. Ledger and counters
 * stay as they are, and events that name it are recorded under its own id. Refuses what {@link planApplicationMerge} refuses.
 */
export async function mergeApplications(
  input: MergeApplicationsInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<{ name: string; into: string }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const plan = planApplicationMerge(tx, input);
    if (!plan.ok) return plan;
    const { application, into } = plan.value;
    // A merged application names the one that is shown, so readers follow one step and no chain.
    tx.update(applications)
      .set({ mergedIntoId: into.id })
      .where(inArray(applications.mergedIntoId, [application.id]))
      .run();
    tx.update(applications).set({ mergedIntoId: into.id }).where(eq(applications.id, application.id)).run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "application.merged",
          subject: { kind: "application", id: into.id, label: into.nameKey },
          after: { name: into.name, merged: application.name },
        },
      ],
      at,
    );
    return done({ name: application.name, into: into.name });
  });
}
