import { database, write } from "#db/client.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { transfer } from "#lib/ledger/commands/transfers.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { randomFrom } from "#lib/random.ts";
import type { Result } from "#lib/result.ts";
import { type NamedOrganization, namedOrganizations, person } from "./names.ts";
import type { Scale } from "./scale.ts";

export const operator = { kind: "operator" } as const;

const ROWS_A_TRANSACTION = 5_000;
const PURCHASE = 900_000_000_000n * 1_000_000n;
const ALLOWANCES = [null, 100n, 250n, 500n, 1_000n];

export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.value;
}

/** Splits `items` into pieces, one per transaction. */
async function inPieces<T>(
  items: readonly T[],
  each: (piece: T[], start: number) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += ROWS_A_TRANSACTION) {
    await each(items.slice(start, start + ROWS_A_TRANSACTION), start);
  }
}

/** How many members each organization has: most have few, some have many. */
function membershipSizes(organizations: number, memberships: number): number[] {
  const weights = Array.from({ length: organizations }, (_, rank) => (rank + 10) ** -0.65);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let passed = 0;
  return weights.map((weight) => {
    passed += weight;
    const size = Math.round((passed / whole) * memberships) - given;
    given += size;
    return size;
  });
}

/**
 * Creates credit types, organizations, members and their first credits with the product's commands, dated at `at`. The
 * organization with the id n has the n-th name.
 */
export async function buildEnterprise(scale: Scale, at: Date): Promise<void> {
  const named = namedOrganizations(scale.organizations);
  const creditTypes = await buildCreditTypes(named, at);
  const random = randomFrom(1);
  await inPieces(named, (piece, start) =>
    write((tx) =>
      insertOrganizations(
        tx,
        piece
          .map((row) => ({
            ...row,
            creditTypeId: creditTypes.get(row.creditType) ?? 0,
            monthlyAllowance: ALLOWANCES[Math.floor(random() * ALLOWANCES.length)] ?? null,
          }))
          .map((row) => ({
            ...row,
            monthlyAllowance: row.monthlyAllowance && row.monthlyAllowance * 1_000_000n,
          })),
        operator,
        // The rows of a file share one instant. Here, each piece is a file.
        new Date(at.getTime() + start),
      ),
    ),
  );
  await buildMemberships(scale, at);
  await inPieces(named, (piece, start) =>
    writePosting((posting, tx) => {
      for (const [index] of piece.entries()) {
        const organization = start + index + 1;
        const amount = BigInt(1_000 + Math.floor(random() ** 3 * 1_000_000)) * 1_000_000n;
        const requestId = `bench-allocation-${organization}`;
        accepted(
          transfer("allocation", posting, tx, { organization, amount, note: null, requestId }, operator, at),
        );
      }
    }),
  );
}

async function buildCreditTypes(named: readonly NamedOrganization[], at: Date): Promise<Map<string, number>> {
  const byName = new Map<string, number>();
  for (const name of new Set(named.map((row) => row.creditType))) {
    const currency = name.startsWith("Global") ? "EUR" : name.slice(0, 3);
    const { id } = accepted(await createCreditType({ name, currency, exchangeRate: 100_000_000n }, operator));
    byName.set(name, id);
    accepted(
      await purchaseCredits(
        { creditType: id, amount: PURCHASE, note: null, requestId: `bench-purchase-${id}` },
        operator,
        at,
      ),
    );
  }
  return byName;
}

/** The member of the i-th membership. Every twentieth membership is the second one of a person. */
async function buildMemberships(scale: Scale, at: Date): Promise<void> {
  const random = randomFrom(2);
  let people = 0;
  const rows = membershipSizes(scale.organizations, scale.memberships).flatMap((size, organization) =>
    Array.from({ length: size }, (_, index) => {
      // A person far enough back is in another organization.
      const again = people > 20_000 && index === 0 && organization % 2 === 1;
      const who = again ? Math.floor(random() * (people - 20_000)) : people++;
      return { who, organizationId: organization + 1, draw: random() };
    }),
  );
  await inPieces(rows, (piece) =>
    write((tx) =>
      insertMemberships(
        tx,
        piece.map(({ who, organizationId, draw }) => ({
          ...person(who),
          organizationId,
          role: draw < 0.02 ? "admin" : draw < 0.8 ? "creator" : "viewer",
          active: draw < 0.97,
          ...(draw > 0.9
            ? { allowance: "own" as const, monthlyAllowance: 2_000_000_000n }
            : { allowance: "organization" as const, monthlyAllowance: null }),
        })),
        operator,
        at,
      ),
    ),
  );
  database().$client.pragma("wal_checkpoint(TRUNCATE)");
}
