import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";

type Row = [membership: bigint, person: bigint, spent: bigint];

/**
 * The people who spent the most in an organization, in a month, e.g. 202611, or ever (null), and how much, the largest first.
 * Memberships are read in the order of what they spent, up to a limit. A merged person has several. All of these are read,
 * because some may be beyond the limit.
 *
 * @returns also whether these are all who spent
 */
export function largestSpenders(
  organizationId: number,
  { month, limit }: { month: number | null; limit: number },
): { people: [id: number, spent: bigint][]; isComplete: boolean } {
  // Once for each membership that was merged into another. They are few.
  const merged = statement(
    sql`SELECT member_id FROM memberships INDEXED BY memberships_merged_into
      WHERE merged_into_id IS NOT NULL AND organization_id = ${organizationId}`,
  ).numbers();
  const most = limit + merged.length;
  const largest = statement(
    month === null
      ? sql`SELECT id, member_id, spent FROM memberships INDEXED BY memberships_organization_spent
          WHERE organization_id = ${organizationId} AND spent > 0 ORDER BY spent DESC, id DESC LIMIT ${most}`
      : sql`SELECT ms.id, ms.member_id, m.spent FROM membership_months m JOIN memberships ms ON ms.id = m.membership_id
          WHERE m.organization_id = ${organizationId} AND m.month = ${month} AND m.spent > 0
          ORDER BY m.spent DESC LIMIT ${most}`,
  ).lists<Row>();
  const ofMerged =
    merged.length === 0
      ? []
      : statement(
          sql`SELECT ms.id, ms.member_id, ${month === null ? sql`ms.spent` : sql`m.spent`}
            FROM json_each(${JSON.stringify([...new Set(merged)])}) AS person
            CROSS JOIN memberships ms INDEXED BY memberships_member
              ON ms.member_id = person.value AND ms.organization_id = ${organizationId}
            ${month === null ? sql`` : sql`JOIN membership_months m ON m.membership_id = ms.id AND m.month = ${month}`}`,
        ).lists<Row>();
  const rows = new Map([...largest, ...ofMerged].map((row) => [row[0], row]));
  const sums = new Map<number, bigint>();
  for (const [, person, spent] of rows.values()) {
    sums.set(Number(person), (sums.get(Number(person)) ?? 0n) + spent);
  }
  const people = [...sums]
    .filter(([, spent]) => spent > 0n)
    .sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
  return { people: people.slice(0, limit), isComplete: largest.length < most };
}
