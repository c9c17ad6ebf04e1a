import type Sqlite from "better-sqlite3";
import type { Fault } from "./report.ts";

type Row = { table: string; rowid: bigint | null; parent: string };

function checkForeignKeys(sqlite: Sqlite.Database, table: string, fault: Fault): void {
  const broken = sqlite.prepare(`PRAGMA foreign_key_check("${table}")`).iterate() as IterableIterator<Row>;
  for (const { rowid, parent } of broken) {
    fault(`${table} ${rowid ?? ""}`.trim(), `refers to a row of ${parent} that is not there`);
  }
}

/** References without a foreign key. */
const REFERENCES = [
  [
    "organization_days",
    "organization_id || '/' || day || '/' || application_id",
    "application_id",
    "applications",
  ],
  [
    "credit_type_days",
    "credit_type_id || '/' || day || '/' || application_id",
    "application_id",
    "applications",
  ],
  [
    "organization_months",
    "application_id || '/' || month || '/' || organization_id",
    "application_id",
    "applications",
  ],
  ["membership_months", "membership_id || '/' || month", "organization_id", "organizations"],
] as const;

/** Checks the references of all tables except the ledger's entries, see {@link EntryReferences}. */
export function checkReferences(sqlite: Sqlite.Database, fault: Fault): void {
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'ledger_entries' ORDER BY name")
    .pluck()
    .all() as string[];
  for (const table of tables) checkForeignKeys(sqlite, table, fault);
  for (const [table, key, column, parent] of REFERENCES) {
    const rows = sqlite
      .prepare(
        `SELECT ${key} AS name FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM ${parent} p WHERE p.id = ${table}.${column})`,
      )
      .iterate() as IterableIterator<{ name: string }>;
    for (const { name } of rows) fault(`${table} ${name}`, `refers to a row of ${parent} that is not there`);
  }
  const chained = sqlite
    .prepare(
      `SELECT a.id FROM applications a JOIN applications b ON b.id = a.merged_into_id
       WHERE b.merged_into_id IS NOT NULL`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of chained) {
    fault(`applications ${id}`, "is merged into an application that is merged itself");
  }
  const merged = sqlite
    .prepare(
      `SELECT a.id FROM memberships a LEFT JOIN memberships b ON b.id = a.merged_into_id
       WHERE a.merged_into_id IS NOT NULL AND NOT (b.merged_into_id IS NULL AND b.member_id = a.member_id
         AND b.organization_id = a.organization_id AND a.active = 0)`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of merged) {
    fault(
      `memberships ${id}`,
      "is merged, so it should be inactive and name the membership that counts, of the same person and organization",
    );
  }
}

/** Checks the references of the ledger's entries one by one, which takes a lookup for each of them. */
export function checkEntryReferences(sqlite: Sqlite.Database, fault: Fault): void {
  checkForeignKeys(sqlite, "ledger_entries", fault);
  const elsewhere = sqlite
    .prepare(
      `SELECT e.id FROM ledger_entries e JOIN memberships m ON m.id = e.membership_id
       WHERE m.organization_id IS NOT e.organization_id`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of elsewhere) {
    fault(`ledger_entries ${id}`, "names a membership of another organization");
  }
}

/** The rows that the ledger's entries may refer to. They are checked beside a walk over the entries. */
export class EntryReferences {
  readonly #creditTypes: ReadonlySet<number>;
  readonly #organizations: ReadonlySet<number>;
  readonly #applications: ReadonlySet<number>;
  readonly #apiKeys: ReadonlySet<number>;
  /** The organization of each membership; 0 where there is no membership. */
  readonly #organizationOf: Float64Array;
  #areRight = true;

  constructor(sqlite: Sqlite.Database) {
    const ids = (table: string) =>
      new Set(sqlite.prepare(`SELECT id FROM ${table}`).pluck().safeIntegers(false).all() as number[]);
    this.#creditTypes = ids("credit_types");
    this.#organizations = ids("organizations");
    this.#applications = ids("applications");
    this.#apiKeys = ids("api_keys");
    const last = sqlite.prepare("SELECT max(id) FROM memberships").pluck().safeIntegers(false).get();
    this.#organizationOf = new Float64Array(Math.min(Number(last ?? 0), MOST_MEMBERSHIPS) + 1);
    const memberships = sqlite
      .prepare("SELECT id, organization_id FROM memberships")
      .raw()
      .safeIntegers(false)
      .iterate() as IterableIterator<[id: number, organizationId: number]>;
    for (const [id, organizationId] of memberships) this.#organizationOf[id] = organizationId;
  }

  /** Looks at one entry; null for no reference. */
  add(
    creditTypeId: number,
    organizationId: number | null,
    membershipId: number | null,
    applicationId: number | null,
    apiKeyId: number | null,
  ): void {
    const areRight =
      this.#creditTypes.has(creditTypeId) &&
      // The organization of a membership is there, or the check of the memberships' references names it.
      (membershipId === null
        ? organizationId === null || this.#organizations.has(organizationId)
        : organizationId !== null && this.#organizationOf[membershipId] === organizationId) &&
      (applicationId === null || this.#applications.has(applicationId)) &&
      (apiKeyId === null || this.#apiKeys.has(apiKeyId));
    if (!areRight) this.#areRight = false;
  }

  /** Whether each entry that was added refers to rows that are there. */
  areRight(): boolean {
    return this.#areRight;
  }
}

/** Far more than an enterprise has; larger ids, after damage, are left to {@link checkEntryReferences}. */
const MOST_MEMBERSHIPS = 50_000_000;
