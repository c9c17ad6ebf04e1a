import { beforeEach, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { actorOptions } from "#lib/audit/actor-options.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { exportAudit } from "#lib/audit/export.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { listAudit } from "#lib/audit/list.ts";
import { type AuditReader, chainEnd, changesOf } from "#lib/audit/queries.ts";
import { type AuditView, auditChoices, auditSearchParams } from "#lib/audit/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { updateMember } from "#lib/members/commands/members.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { changeOrganizationsTags, renameTag } from "#lib/organizations/commands/tags.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { latestEntryId } from "#lib/transactions/queries/entries.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import {
  aGrant,
  aMember,
  aPortalUser,
  operator,
  requestId,
  scopeOf,
  spent,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

// LAW and ART: ana is a member of both, bo of LAW. The reader has a grant on ART alone.

useFreshDatabase();

let art: number;
let law: number;
let reader: AuditReader;
let admin: Actor & { kind: "portal_user" };
beforeEach(async () => {
  const { organizations } = await makeSmallEnterprise();
  [law = 0, art = 0] = organizations;
  admin = await aPortalUser("owner");
  const user = await aPortalUser(null, "art.admin@example.edu");
  await aGrant(user, "admin", { organizationId: art });
  reader = { id: user.id, role: null, scope: scopeOf(user) };
});

const view = (change: Partial<AuditView> = {}): AuditView => ({ ...auditSearchParams.defaults, ...change });
const list = (change: Partial<AuditView> = {}, who = reader) =>
  listAudit(auditFilter(view(change), "UTC"), view(change), who).items;
const labels = (change?: Partial<AuditView>) =>
  list(change).map(({ action, subject }) => `${action} ${subject.label}`);

it("shows what is about the organization, its memberships, keys, tags and credits", async () => {
  value(
    await createApiKey({ name: "Art key", organization: art, expires: null, requestId: undefined }, admin),
  );
  value(
    await createApiKey({ name: "Law key", organization: law, expires: null, requestId: undefined }, admin),
  );
  value(await createApiKey({ name: "All", organization: null, expires: null, requestId: undefined }, admin));
  value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  value(await changeOrganizationsTags([art, law], { to: "add", tags: ["faculty:x"] }, admin));
  value(await renameTag({ tag: "faculty:x", to: "faculty:y" }, admin));
  value(await updateSettings({ enterpriseName: "Uni", timeZone: "UTC", dateFormat: "DD/MM/YYYY" }, admin));
  await spent({ organization: "ART" });
  value(await reverseEntry({ entry: latestEntryId(), note: null, requestId: requestId() }, admin));
  expect(labels()).toEqual([
    "entry.reversed ART",
    "organization.updated ART",
    "organization.updated ART",
    "organization.updated ART",
    "api_key.created Art key",
    "member.added ana@example.edu in ART",
    "credits.allocated ART",
    "organization.created ART",
  ]);
});

it("shows memberships that were removed, and the changes of people who are members", async () => {
  const cy = await aMember(art, { email: "cy@example.edu" });
  const dee = await aMember(law, { email: "dee@example.edu" });
  value(await updateMember({ id: cy.member, name: "Cy", email: "cy.new@example.edu" }, admin));
  value(await updateMember({ id: dee.member, name: "Dee", email: "dee.new@example.edu" }, admin));
  expect(labels({ kind: "member" })).toEqual(["member.updated cy.new@example.edu"]);
  expect(labels({ action: "member.updated" })).toEqual(["member.updated cy.new@example.edu"]);
  value(await removeMembership({ id: cy.membership }, admin));
  // The person was deleted with the last membership; the removal shows that.
  expect(labels().slice(0, 2)).toEqual([
    "member.removed cy.new@example.edu in ART",
    "member.added cy@example.edu in ART",
  ]);
  expect(labels({ kind: "member" })).toEqual([]);
});

it("finds by name, actor, action and day only what is inside", async () => {
  value(await setApprovedDomains({ organization: law, domains: ["law.example"] }, admin));
  expect(labels({ q: "LAW" })).toEqual([]);
  expect(labels({ q: "ana@example.edu" })).toEqual(["member.added ana@example.edu in ART"]);
  expect(labels({ actor: { kind: "portal_user", id: admin.id } })).toEqual([]);
  expect(labels({ kind: "membership" })).toEqual(["member.added ana@example.edu in ART"]);
  expect(labels({ kind: "settings" })).toEqual([]);
  expect(labels({ kind: "credit_type" })).toEqual([]);
  expect(labels({ to: 19_700_101 })).toEqual([]);
});

it("shows the imports of one's own alone", async () => {
  const upload = (user: Actor, label: string) =>
    write((tx) =>
      recordAudit(tx, user, [
        { action: "import.uploaded", subject: { kind: "import", id: null, label } },
        { action: "usage.imported", subject: { kind: "import", id: null, label } },
      ]),
    );
  const self: Actor = { ...admin, id: reader.id, role: null };
  await upload(self, "mine");
  await upload(admin, "theirs");
  expect(labels({ kind: "import" })).toEqual(["usage.imported mine", "import.uploaded mine"]);
  expect(labels({ action: "import.uploaded" })).toEqual(["import.uploaded mine"]);
  expect(labels({ action: "usage.imported" })).toEqual(["usage.imported mine"]);
  expect(labels({ q: "theirs" })).toEqual([]);
  expect(labels({ q: "mine" })).toEqual(["usage.imported mine", "import.uploaded mine"]);
});

it("shows no changes of a thing outside, also where its id is known", () => {
  const changes = (kind: string, id: number) =>
    changesOf({ kind, id }, 20, reader).map(({ subject }) => subject.label);
  expect(changes("organization", law)).toEqual([]);
  expect(changes("organization", art)).toEqual(["ART", "ART"]);
  // Membership 1 is ana's in LAW.
  expect(changes("membership", 1)).toEqual([]);
  expect(changes("portal_user", admin.id)).toEqual([]);
  expect(changes("settings", 1)).toEqual([]);
});

it("exports the same entries without hashes, and neither counts nor offers others", async () => {
  value(await setApprovedDomains({ organization: law, domains: ["law.example"] }, admin));
  const csv = [...exportAudit(auditFilter(view(), "UTC"), reader)].join("");
  expect(csv).not.toMatch(/LAW|bo@|JPY Credits,/);
  expect(csv.trim().split("\n")).toHaveLength(1 + list().length);
  const hashes = database().$client.prepare("SELECT hash FROM audit_entries").pluck().all() as string[];
  for (const hash of hashes) expect(csv).not.toContain(hash);
  expect(chainEnd(reader)).toBeNull();
  // The owner changed LAW alone.
  expect(actorOptions(reader)).toEqual([]);
  value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  expect(actorOptions(reader)).toEqual([
    { actor: { kind: "portal_user", id: admin.id }, label: "owner@example.edu" },
  ]);
  const { kinds, actions } = auditChoices(false);
  expect(kinds).toEqual(["all", "organization", "membership", "member", "import", "api_key", "alert"]);
  expect(actions[0]).toBe("all");
  expect(actions).toContain("entry.reversed");
  expect(actions.join(" ")).not.toMatch(
    /portal_user|session|settings|credit_type|purchased|tag\.|application/,
  );
});

it("names the API keys of the organization, and no others", async () => {
  value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  const keyOf = async (name: string, organization: number | null) => {
    const { id } = value(await createApiKey({ name, organization, expires: null }, operator));
    return { kind: "api_key", id, name, organizationId: organization, address: null } as const;
  };
  const [ofAll, ofArt] = [await keyOf("All", null), await keyOf("Art", art)];
  const add = async (key: typeof ofAll | typeof ofArt, member: string) =>
    value((await recordBatch([usageEvent({ organization: "ART", member })], key))[0]);
  await add(ofAll, "one@art.example");
  await add(ofArt, "two@art.example");
  const added = (change?: Partial<AuditView>) =>
    list({ action: "member.added", ...change }).map(({ actorLabel, actorId, subject }) => [
      actorLabel,
      actorId,
      subject.label,
    ]);
  expect(added().slice(0, 2)).toEqual([
    ["Art", ofArt.id, "two@art.example in ART"],
    ["API key", null, "one@art.example in ART"],
  ]);
  expect(added({ actor: { kind: "api_key", id: ofArt.id } })).toEqual([
    ["Art", ofArt.id, "two@art.example in ART"],
  ]);
  expect(added({ actor: { kind: "api_key", id: ofAll.id } })).toEqual([]);
  expect(actorOptions(reader)).toEqual([
    { actor: { kind: "api_key", id: ofArt.id }, label: "API key Art" },
    { actor: { kind: "portal_user", id: admin.id }, label: "owner@example.edu" },
  ]);
  // The organization's name of today, and a link to it.
  expect(list({ kind: "organization" })[0]?.subject).toEqual({
    kind: "organization",
    id: art,
    label: "ART",
    name: database().$client.prepare("SELECT name FROM organizations WHERE id = ?").pluck().get(art),
    organization: "ART",
  });
});

it("shows nothing to a reader without grants, and everything to a viewer of the enterprise", async () => {
  const nobody = await aPortalUser(null);
  expect(list({}, { id: nobody.id, role: null, scope: scopeOf(nobody) })).toEqual([]);
  const viewer = await aPortalUser("viewer");
  const all = database().$client.prepare("SELECT count(*) FROM audit_entries").pluck().get();
  expect(list({}, { id: viewer.id, role: "viewer", scope: scopeOf(viewer) })).toHaveLength(Number(all));
});

it("shows the changes of a person about whom there are many entries of others", async () => {
  const cy = await aMember(art, { email: "cy@example.edu" });
  value(await updateMember({ id: cy.member, name: "Cy", email: "cy@example.edu" }, admin));
  await write((tx) =>
    recordAudit(
      tx,
      operator,
      Array.from({ length: 2_100 }, () => ({
        action: "member.updated" as const,
        subject: { kind: "member" as const, id: 2, label: "bo@example.edu" },
      })),
    ),
  );
  expect(labels({ kind: "member" })).toEqual(["member.updated cy@example.edu"]);
  // With very many memberships, the people of the entries are looked up instead of the entries of the people.
  database().$client.exec("UPDATE organizations SET members = 60000 WHERE code = 'ART'");
  expect(labels({ kind: "member" })).toEqual(["member.updated cy@example.edu"]);
});

it("pages through the changes of people, each once", async () => {
  const cy = await aMember(art, { email: "cy@example.edu" });
  const changes = Array.from({ length: 120 }, (_, index) => ({
    action: "member.updated" as const,
    // Every other change is of bo, who is not a member of ART.
    subject: { kind: "member" as const, id: index % 2 === 0 ? cy.member : 2, label: `change ${index}` },
  }));
  await write((tx) => recordAudit(tx, operator, changes));
  const page = (change: Partial<AuditView>) => {
    const shown = { kind: "member" as const, ...change };
    return listAudit(auditFilter(view(shown), "UTC"), view(shown), reader);
  };
  const numbers = ({ items }: ReturnType<typeof page>) =>
    items.map(({ subject }) => Number(subject.label.slice("change ".length)));
  const evenFrom = (last: number, first: number) =>
    Array.from({ length: (last - first) / 2 + 1 }, (_, index) => last - 2 * index);
  const first = page({});
  expect(numbers(first)).toEqual(evenFrom(118, 20));
  const last = page({ before: first.older });
  expect(numbers(last)).toEqual(evenFrom(18, 0));
  expect(last.older).toBeNull();
  expect(numbers(page({ after: last.newer }))).toEqual(evenFrom(118, 20));
  expect(numbers(page({ after: OLDEST }))).toEqual(evenFrom(98, 0));
});

it("names an organization as it is called today, and gives the code that links to it", () => {
  const subjects = list().map(({ subject }) => subject);
  expect(subjects).toContainEqual({
    ...{ kind: "organization", id: art, label: "ART" },
    ...{ name: "École des Beaux-Arts", organization: "ART" },
  });
  expect(subjects).toContainEqual({
    ...{ kind: "membership", id: 2, label: "ana@example.edu in ART" },
    ...{ name: null, organization: "ART" },
  });
});

it("offers the actors by name, not by their newest change", async () => {
  const zoe = await aPortalUser("admin", "zoe@example.edu");
  value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  value(await setApprovedDomains({ organization: art, domains: ["arts.example"] }, zoe));
  expect(actorOptions(reader).map(({ label }) => label)).toEqual(["owner@example.edu", "zoe@example.edu"]);
});

it("offers the actors of the newest 500 changes, by their newest name", async () => {
  const change = (actor: Actor, times: number, at: string) =>
    write((tx) => {
      const subject = { kind: "organization" as const, id: art, label: "ART" };
      const changes = Array.from({ length: times }, () => ({
        action: "organization.updated" as const,
        subject,
      }));
      recordAudit(tx, actor, changes, new Date(at));
    });
  const zoe = await aPortalUser("admin", "zoe@example.edu");
  await change(zoe, 1, "2100-01-01T00:00:00Z");
  await change({ ...admin, email: "former@example.edu" }, 1, "2100-01-02T00:00:00Z");
  await change(admin, 498, "2100-01-03T00:00:00Z");
  expect(actorOptions(reader).map(({ label }) => label)).toEqual(["owner@example.edu", "zoe@example.edu"]);
  await change(admin, 1, "2100-01-04T00:00:00Z");
  expect(actorOptions(reader).map(({ label }) => label)).toEqual(["owner@example.edu"]);
});

it("offers every kind of change to a reader of the enterprise alone", () => {
  const { kinds, actions } = auditChoices(true);
  expect([kinds.includes("settings"), actions.includes("settings.updated")]).toEqual([true, true]);
  const part = auditChoices(false);
  expect([part.kinds.includes("settings"), part.actions.includes("settings.updated")]).toEqual([
    false,
    false,
  ]);
});

it("has no address in the values of a change that has none", async () => {
  value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  const owner: AuditReader = { id: admin.id, role: "owner", scope: scopeOf(admin) };
  expect(Object.keys(list({}, owner)[0]?.after ?? {})).toEqual(["approvedDomains"]);
});
