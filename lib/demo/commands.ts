import { write } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { insertOrganizations } from "#lib/organizations/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { DEMO_CREDIT_TYPES, DEMO_ORGANIZATIONS } from "./enterprise.ts";

/** Fills an empty portal with the demonstration's enterprise; refuses one that holds anything. */
export async function fillDemo(actor: Actor): Promise<Result<{ organizations: number; active: number }>> {
  const empty = await write(
    (tx) =>
      !tx.select({ id: creditTypes.id }).from(creditTypes).limit(1).get() &&
      !tx.select({ id: organizations.id }).from(organizations).limit(1).get(),
  );
  if (!empty) return refused("not_empty", "The portal is not empty. The demo fills only a new one.");
  await updateSettings(
    { ...getSettings(), enterpriseName: "Demo University", timeZone: "Asia/Singapore" },
    actor,
  );
  const typeIds = new Map<string, number>();
  for (const type of DEMO_CREDIT_TYPES) {
    const made = await createCreditType(type, actor);
    if (!made.ok) return made;
    typeIds.set(type.name, made.value.id);
  }
  await write((tx) => {
    for (const { creditType, createdAt, ...organization } of DEMO_ORGANIZATIONS) {
      const creditTypeId = typeIds.get(creditType) ?? 0;
      insertOrganizations(tx, [{ ...organization, creditTypeId }], actor, new Date(createdAt));
    }
  });
  return done({
    organizations: DEMO_ORGANIZATIONS.length,
    active: DEMO_ORGANIZATIONS.filter((organization) => organization.active).length,
  });
}
