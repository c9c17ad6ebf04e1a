// Writes a database of the newest schema, by the present code, from which later migrations are tested:
//   node tests/support/make-migration-fixture.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { closeDatabase, database, write } from "#db/client.ts";
import journal from "#db/migrations/meta/_journal.json" with { type: "json" };
import type { Actor } from "#lib/actor.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { insertMemberships, type NewMembership } from "#lib/members/commands/insert.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { createFirstOwner } from "#lib/portal-users/commands/setup.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { anUpload, credits, operator, value } from "./builders.ts";

const tag = journal.entries.at(-1)?.tag;
const target = path.join("tests", "data", "migrations", `${tag}.sqlite.gz`);
const directory = mkdtempSync(path.join(tmpdir(), "bursar-fixture-"));
process.env.DATA_DIR = directory;

await createFirstOwner("owner@example.edu", "a password for the fixture");
const owner: Actor & { kind: "portal_user" } = {
  kind: "portal_user",
  id: 1,
  email: "owner@example.edu",
  role: "owner",
  address: "192.0.2.7",
};
value(
  await createPortalUser(
    { email: "viewer@example.edu", role: "viewer", password: "another password" },
    owner,
  ),
);
value(await createPortalUser({ email: "invited@example.edu", role: "admin" }, owner));
await signInWithPassword("owner@example.edu", "a password for the fixture", "192.0.2.7");
await signInWithPassword("owner@example.edu", "a wrong password", "192.0.2.8");
value(
  await updateSettings(
    { enterpriseName: "Université", timeZone: "Europe/Berlin", dateFormat: "DD/MM/YYYY" },
    owner,
  ),
);

let requests = 0;
const request = (amount: number) => {
  requests += 1;
  return { amount: credits(amount), note: `order ${requests}`, requestId: `fixture-${requests}` };
};
const codes: string[] = [];
for (const [name, currency] of [
  ["JPY Credits", "JPY"],
  ["École Credits", "EUR"],
] as const) {
  const { id: creditType } = value(
    await createCreditType({ name, currency, exchangeRate: 100_000_000n }, owner),
  );
  value(await purchaseCredits({ creditType, ...request(10_000) }, owner));
  for (const [unit, monthlyAllowance] of [
    ["Faculty of Law", credits(1000)],
    ["Straße der Künste", null],
    ["School of İstanbul", 0n],
  ] as const) {
    const code = `${currency}-${codes.length}`;
    const { id: organization } = value(
      await createOrganization({ name: `${unit} ${currency}`, code, creditType, monthlyAllowance }, owner),
    );
    codes.push(code);
    value(await allocateCredits({ organization, ...request(1000) }, owner));
    value(await returnCredits({ organization, ...request(100) }, operator));
    const people: NewMembership[] = [
      {
        organizationId: organization,
        name: "Ana García",
        email: "ana@example.edu",
        role: "creator",
        active: true,
        allowance: "unlimited",
        monthlyAllowance: null,
      },
      {
        organizationId: organization,
        name: "Bo Li",
        email: `bo+${code}@example.edu`,
        role: "admin",
        active: true,
        allowance: "own",
        monthlyAllowance: credits(300),
      },
      {
        organizationId: organization,
        name: "Cy Öz",
        email: "cy@example.edu",
        role: "viewer",
        active: organization % 2 === 0,
        allowance: "organization",
        monthlyAllowance: null,
      },
    ];
    await write((tx) => insertMemberships(tx, people, owner));
  }
}

const days = ["2026-09-30T22:30:00Z", "2026-10-25T00:30:00Z", "2026-10-31T23:00:00Z", "2026-11-23T10:00:00Z"];
const outcomes = await recordBatch(
  codes.flatMap((organization) =>
    days.flatMap((day, n) =>
      ["ana@example.edu", `bo+${organization}@example.edu`].map((member) => ({
        id: `req-${n}-${organization}-${member}`,
        source: n === 3 ? "https://gateway.example.edu" : "",
        organization,
        member,
        application: n % 2 === 0 ? "essay-coach" : "Übersetzer",
        credits: 47_000n + BigInt(n) * 33_333_333n,
        occurredAt: new Date(day),
        metadata: n === 0 ? '{"model":"gpt-4o"}' : null,
      })),
    ),
  ),
  operator,
);
for (const outcome of outcomes) value(outcome);
const spends = database().$client.prepare("SELECT id FROM ledger_entries WHERE kind = 'spend'").pluck();
for (const entry of (spends.all() as bigint[]).filter((_, position) => position % 9 === 4)) {
  value(
    await reverseEntry(
      { entry: Number(entry), note: "charged twice", requestId: `fixture-reversal-${entry}` },
      owner,
    ),
  );
}
value(await changeOrganizationsActive([2], false, owner));
value(await changeOrganizationsTags([1, 4], { to: "add", tags: ["cost-centre:4711", "faculty:été"] }, owner));
const key = value(await createApiKey({ organization: 1, name: "coach", expires: null }, owner));
await saveRefusals(
  ["member_not_found", "organization_not_found"].map((code) => ({
    at: Date.parse("2026-11-20T10:00:00Z"),
    lastAt: Date.parse("2026-11-20T10:00:30Z"),
    apiKeyId: key.id,
    keyOrganizationId: code === "member_not_found" ? 1 : null,
    organization: code === "member_not_found" ? null : "NIX",
    member: "ana@example.edu",
    application: "essay-coach",
    request: "event",
    code: code === "member_not_found" ? "member_not_found" : "organization_not_found",
    amount: credits(5),
    remaining: null,
    requests: 2,
  })),
);
await anUpload("organizations", { name: "units.csv", bytes: Buffer.from("name,code\n") }, owner);
closeDatabase();

const copy = path.join(directory, "copy.sqlite");
const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"));
sqlite.prepare("VACUUM INTO ?").run(copy);
sqlite.close();
mkdirSync(path.dirname(target), { recursive: true });
rmSync(target, { force: true });
writeFileSync(target, gzipSync(readFileSync(copy), { level: 9 }));
rmSync(directory, { recursive: true });
console.log(target);
