import { write } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { insertCreditType } from "#lib/credit-types/commands.ts";
import { insertOrganizations } from "#lib/organizations/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { applySettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { DEMO_CREDIT_TYPES, DEMO_ORGANIZATIONS } from "./enterprise.ts";

/** Fills an empty portal with the demonstration's enterprise, whole or not at all; refuses one that holds anything. */
export async function fillDemo(actor: Actor): Promise<Result<{ organizations: number; active: number }>> {
  assertRole(actor, "owner");
  return write((tx) => {
    if (
      tx.select({ id: creditTypes.id }).from(creditTypes).limit(1).get() ||
      tx.select({ id: organizations.id }).from(organizations).limit(1).get()
    ) {
      return refused("not_empty", "The portal is not empty. The demo fills only a new one.");
    }
    applySettings(
      tx,
      { ...getSettings(), enterpriseName: "Demo University", timeZone: "Asia/Singapore" },
      actor,
    );
    const typeIds = new Map(
      DEMO_CREDIT_TYPES.map((type) => [type.name, insertCreditType(tx, type, actor).id] as const),
    );
    for (const { creditType, createdAt, ...organization } of DEMO_ORGANIZATIONS) {
      const creditTypeId = typeIds.get(creditType) ?? 0;
      insertOrganizations(tx, [{ ...organization, creditTypeId }], actor, new Date(createdAt));
    }
    return done({
      organizations: DEMO_ORGANIZATIONS.length,
      active: DEMO_ORGANIZATIONS.filter((organization) => organization.active).length,
    });
  });
}
