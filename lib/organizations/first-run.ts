import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";

/** What a new portal needs before an application can report usage, in this order, and whether it is there. */
export type FirstRun = {
  creditType: boolean;
  purchase: boolean;
  organization: boolean;
  member: boolean;
  apiKey: boolean;
};

/** How far a new portal is; null from the first usage event on. */
export function firstRun(): FirstRun | null {
  const [event = 0] = statement(
    sql`SELECT EXISTS (SELECT 1 FROM members INDEXED BY members_last_active WHERE last_active_at > 0)`,
  ).numbers();
  if (event === 1) return null;
  const [steps = []] = statement(
    sql`SELECT EXISTS (SELECT 1 FROM credit_types), EXISTS (SELECT 1 FROM credit_types WHERE total_purchased > 0),
      EXISTS (SELECT 1 FROM organizations LIMIT 1), EXISTS (SELECT 1 FROM memberships LIMIT 1),
      EXISTS (SELECT 1 FROM api_keys LIMIT 1)`,
  ).lists<bigint[]>();
  const [creditType, purchase, organization, member, apiKey] = steps.map((step) => step === 1n);
  return {
    creditType: creditType === true,
    purchase: purchase === true,
    organization: organization === true,
    member: member === true,
    apiKey: apiKey === true,
  };
}
