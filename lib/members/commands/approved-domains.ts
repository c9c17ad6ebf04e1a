import { eq } from "drizzle-orm";
import { write } from "#db/client.ts";
import { approvedDomains, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, readsIn } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { domainsFormValues, type SetApprovedDomainsInput } from "../domain-rules.ts";

/**
 * Sets the email domains whose people become members with their first usage event; an empty list turns that off. With
 * the `original` values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where the list was so already.
 */
export async function setApprovedDomains(
  input: SetApprovedDomainsInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ code: string; domains: string[]; changed: boolean }>> {
  return write((tx) => {
    const organization = tx
      .select({ code: organizations.code })
      .from(organizations)
      .where(eq(organizations.id, input.organization))
      .get();
    if (!organization || !readsIn(tx, actor, input.organization)) {
      return refused("organization_not_found", "This organization does not exist.");
    }
    assertManages(tx, actor, [input.organization]);
    const domains = [...new Set(input.domains)].sort();
    const old = tx
      .select({ domain: approvedDomains.domain })
      .from(approvedDomains)
      .where(eq(approvedDomains.organizationId, input.organization))
      .orderBy(approvedDomains.domain)
      .all()
      .map((row) => row.domain);
    const { code } = organization;
    const changes = changesBetween(
      { approvedDomains: old.join(", ") },
      { approvedDomains: domains.join(", ") },
    );
    if (!changes) return done({ code, domains, changed: false });
    const stale = staleEdit(original, domainsFormValues(old));
    if (stale) return stale;
    tx.delete(approvedDomains).where(eq(approvedDomains.organizationId, input.organization)).run();
    if (domains.length > 0) {
      tx.insert(approvedDomains)
        .values(domains.map((domain) => ({ organizationId: input.organization, domain })))
        .run();
    }
    recordAudit(tx, actor, [
      {
        action: "organization.updated",
        subject: { kind: "organization", id: input.organization, label: code },
        ...changes,
      },
    ]);
    return done({ code, domains, changed: true });
  });
}
