import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { auditHash, GENESIS_HASH, recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const owner: Actor = { kind: "portal_user", id: 1, email: "ana@example.edu", role: "owner", address: "::1" };
const change = (label: string): AuditChange => ({
  action: "organization.created",
  subject: { kind: "organization", id: 1, label },
  after: { name: label },
});

describe("the audit chain", () => {
  test("links each entry to the one before, over transactions and whatever the names hold", async () => {
    const labels = fc.sample(fc.string({ unit: "binary" }), { numRuns: 30, seed: 7 });
    for (const label of labels) {
      await write((tx) => recordAudit(tx, owner, [change(label), change(`${label} again`)]));
    }
    const rows = database().select().from(auditEntries).orderBy(auditEntries.id).all();
    expect(rows).toHaveLength(60);
    let previous = GENESIS_HASH;
    for (const row of rows) {
      expect(row.previousHash).toBe(previous);
      expect(auditHash(row)).toBe(row.hash);
      previous = row.hash;
    }
  });

  test("an altered field no longer has its hash", async () => {
    await write((tx) => recordAudit(tx, owner, [change("Law")]));
    const row = database().select().from(auditEntries).get();
    expect(row && auditHash(row)).toBe(row?.hash);
    for (const altered of [
      { actorLabel: "bob@example.edu" },
      { after: "{}" },
      { at: new Date(0) },
      { address: null },
    ]) {
      expect(row && auditHash({ ...row, ...altered })).not.toBe(row?.hash);
    }
  });
});

describe("what SQLite itself refuses", () => {
  const refuse = (sql: string) => () => database().$client.exec(sql);

  test.each([
    "UPDATE audit_entries SET actor_label = 'x'",
    "DELETE FROM audit_entries",
    "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries",
  ])("%s", async (sql) => {
    await write((tx) => recordAudit(tx, owner, [change("Law")]));
    expect(refuse(sql)).toThrow("audit_entries is append-only");
    expect(database().select().from(auditEntries).all()).toHaveLength(1);
  });

  test("an organization that is deleted, replaced, of no credit type or below zero", () => {
    database().$client.exec(`
      INSERT INTO credit_types (id, name, name_key, currency, exchange_rate, created_at) VALUES (1, 'A', 'a', 'SGD', 1, 0);
      INSERT INTO organizations (id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
        VALUES (1, 'Law', 'LAW', 'law', 1, 1, 0, 'law', 'law law');
    `);
    expect(refuse("DELETE FROM organizations")).toThrow("never deleted");
    // Not all columns, because the generated one takes no value.
    const columns = "id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text";
    expect(
      refuse(`INSERT OR REPLACE INTO organizations (${columns}) SELECT ${columns} FROM organizations`),
    ).toThrow("never deleted");
    expect(refuse("UPDATE organizations SET balance = -1")).toThrow("balance_not_negative");
    expect(refuse("UPDATE organizations SET credit_type_id = 2")).toThrow("FOREIGN KEY");
    expect(refuse("DELETE FROM credit_types")).toThrow("FOREIGN KEY");
  });
});
