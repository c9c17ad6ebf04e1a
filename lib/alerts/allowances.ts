import { database, type Transaction } from "#db/client.ts";
import { announce } from "./announce.ts";
import { checkContext, checkMembership, checkStaleOrganization } from "./checks.ts";
import { rulesSummary } from "./rules-of.ts";

// A trigger marks the organization of each allowance that is changed, and a job checks its members some seconds later. The
// forms of one allowance need no such wait: the list that they lead back to has what they have changed.

/** Brings the alerts of a membership up to date with its new allowance, in the transaction that has changed it. */
export function recheckMembership(tx: Transaction, id: number, now: Date = new Date()): void {
  const db = database();
  const context = checkContext(db, now, rulesSummary(db));
  announce(tx, checkMembership(id, "allowance_changed", context), now);
}

/** {@link recheckMembership} for the members of an organization that has a new allowance. */
export function recheckMembersOf(tx: Transaction, organizationId: number, now: Date = new Date()): void {
  const db = database();
  const context = checkContext(db, now, rulesSummary(db));
  announce(tx, checkStaleOrganization(organizationId, context), now);
}
