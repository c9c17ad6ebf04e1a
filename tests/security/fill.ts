import path from "node:path";
import Sqlite from "better-sqlite3";
import { database } from "#db/client.ts";
import { applications } from "#db/schema/index.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { openAlertsOfKinds } from "#lib/alerts/queries/list.ts";
import { ALERT_KIND_NAMES } from "#lib/alerts/rules/kinds.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { archiveCreditType, createCreditType } from "#lib/credit-types/commands.ts";
import { grantOnOrganization } from "#lib/grants/commands.ts";
import { grantsOf } from "#lib/grants/queries.ts";
import { finishCheck } from "#lib/imports/commands.ts";
import { checkFile } from "#lib/imports/file.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { saveView } from "#lib/saved-views/commands.ts";
import { createEndpoint, pauseOrResume } from "#lib/webhooks/commands/endpoints.ts";
import {
  aMember,
  anOrganization,
  anUpload,
  credits,
  everything,
  operator,
  requestId,
  spend,
  value,
} from "#tests/support/builders.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import type { Made } from "./expectations.ts";
import { addScopedPeople, EMAILS } from "./portal.ts";

const CSV =
  "name,code,credit_type,monthly_allowance_per_member,status\nImported,IMP-1,JPY Credits,5,active\n";
const REPORT = {
  rows: 1,
  emptyRows: 0,
  fileNotes: [],
  mode: "add" as const,
  added: 1,
  changed: 0,
  unchanged: 0,
  changes: [],
  active: 1,
  inactive: 0,
  ignoredColumns: [],
  errorCount: 0,
  errors: [],
  noteCount: 0,
  notes: [],
  sample: { header: ["name"], rows: [["Imported"]] },
};

/** Fills an empty portal with one of each thing that the matrix asks for, and makes keys: of the whole enterprise and of ART. */
export async function fill(): Promise<{ made: Made; key: string; artKey: string }> {
  const { creditType, organizations } = await makeSmallEnterprise();
  // Of ART, so that the form of LAW stays as it was opened.
  const tags = ["faculty:arts", "site:old"];
  value(await changeOrganizationsTags(organizations.slice(1), { to: "add", tags }, operator));
  const medicine = await anOrganization({ name: "Medicine", code: "MED", creditType });
  // Membership 4, of person 3, to be merged; membership 5, of person 4, to be removed.
  await aMember(organizations[0] ?? 0, { email: "ana.twice@example.edu" });
  await aMember(organizations[0] ?? 0, { email: "spare@example.edu" });
  value(await addAlias({ member: 2, email: "bo.former@example.edu" }, operator));
  const purchase = { creditType, amount: credits(5), note: null, requestId: requestId() };
  const { entryId } = value(await purchaseCredits(purchase, operator));
  const spare: number[] = [];
  for (const name of ["Spare Credits", "Archived Credits"]) {
    const input = { name, currency: "SGD", exchangeRate: 1_000_000n };
    spare.push(value(await createCreditType(input, operator)).id);
  }
  value(await archiveCreditType({ id: spare[1] ?? 0 }, operator));
  const uploads: string[] = [];
  let allocations = "";
  let importDigest = "";
  for (const role of ["owner", "admin"] as const) {
    const user = findForSignIn(EMAILS[role]);
    if (!user) throw new Error(`no ${role}`);
    const actor = { kind: "portal_user", id: user.id, email: user.email, role, address: null } as const;
    const id = await anUpload("organizations", { name: "file.csv", bytes: Buffer.from(CSV) }, actor);
    const { report } = await checkFile(organizationsImporter, Buffer.from(CSV), actor);
    importDigest = report.digest;
    await finishCheck(id, { ...REPORT, digest: importDigest }, database());
    uploads.push(id);
    if (role === "owner") continue;
    const file = { name: "credits.csv", bytes: Buffer.from("code,credits\nLAW,1\n") };
    allocations = await anUpload("allocations", file, actor);
    await finishCheck(allocations, { ...REPORT, digest: "" }, database());
  }
  const invited = value(await createPortalUser({ email: "guest@example.edu", role: "viewer" }, operator));
  const viewer = findForSignIn(EMAILS.viewer)?.id ?? 0;
  const owner = findForSignIn(EMAILS.owner);
  if (!owner) throw new Error("no owner");
  const sharer = {
    kind: "portal_user",
    id: owner.id,
    email: owner.email,
    role: "owner",
    address: null,
  } as const;
  const { id: view } = value(
    await saveView({ name: "Shared", href: "/organizations", shared: true }, sharer),
  );
  const viewersSession = tokenHash((await startSession(viewer, "192.0.2.9")) ?? "");
  const absent = { email: "absent@example.edu", role: "viewer" } as const;
  const { id: absentUser } = value(await createPortalUser(absent, operator));
  await startSession(absentUser, "192.0.2.9");
  const grant = { organization: organizations[0] ?? 0, email: "guest@example.edu", role: "viewer" } as const;
  value(await grantOnOrganization(grant, operator));
  const { key } = value(await createApiKey({ organization: null, name: "gateway", expires: null }, operator));
  const ofArt = { organization: organizations[1] ?? 0, name: "of ART", expires: null };
  const ofLaw = { organization: organizations[0] ?? 0, name: "of LAW", expires: null };
  const { id: spareKey } = value(await createApiKey(ofLaw, operator));
  // The first event of an application.
  value(await spend({ application: "essay-coach" }));
  database().insert(applications).values({ name: "tutor", nameKey: "tutor", createdAt: new Date() }).run();
  const low = {
    kind: "balance_amount",
    threshold: credits(1_000_000),
    organization: "LAW",
    tag: null,
  } as const;
  value(await createRule(low, operator));
  value(await spend({ application: "essay-coach" }));
  const [alert] = openAlertsOfKinds(everything, ALERT_KIND_NAMES, 1, 0);
  const receiver = {
    kind: "webhook",
    name: "Finance",
    url: "https://example.edu/finance",
    events: ["webhook.resting"],
  } as const;
  const { id: endpoint } = value(await createEndpoint(receiver, operator));
  const { id: spareEndpoint } = value(await createEndpoint(receiver, operator));
  for (const id of [endpoint, spareEndpoint]) value(await pauseOrResume({ id, to: "paused" }, operator));
  const { key: artKey } = value(await createApiKey(ofArt, operator));
  // Batches 1 to 3, of LAW: to look at, to reverse and to undo.
  const { membership } = await aMember(organizations[0] ?? 0, { email: "batch@example.edu" });
  const { membership: bulkMembership } = await aMember(organizations[0] ?? 0, { email: "bulk@example.edu" });
  for (const [field, to] of [
    ["role", "viewer"],
    ["role", "admin"],
    ["allowance", "5"],
  ] as const) {
    const request = { ids: [membership], selection: "", requestId: requestId(), expected: null };
    value(await changeMemberships({ ...request, field, to }, operator));
  }
  await addScopedPeople({ LAW: organizations[0] ?? 0, MED: medicine });
  const [ownersImport = "", adminsImport = ""] = uploads;
  return {
    key,
    artKey,
    made: {
      spareKey,
      allocations,
      batchMembership: membership,
      alert: alert?.organization?.code === "LAW" ? alert.id : 0,
      bulkMembership,
      view,
      viewersSession,
      absentUser,
      endpoint,
      spareEndpoint,
      grant: grantsOf([invited.id])[0]?.id ?? 0,
      organization: organizations[0] ?? 0,
      creditType,
      spareType: spare[0] ?? 0,
      archivedType: spare[1] ?? 0,
      entry: entryId,
      ownersImport,
      adminsImport,
      importDigest,
      invitation: invited.link?.split("/").at(-1) ?? "",
    },
  };
}

const CHANGED_BY_SERVER =
  /^(sqlite_|sign_in_|portal_sessions|scheduled_jobs|outbox_events|refusals|alerts$)|_fts|search/;

/**
 * What the database holds, but for who is signed in, what was tried, what waits to be sent, and what the server brings up
 * to date by itself: alerts, the limits that postings compare with, and refusals, which it writes a second after their
 * request. The audit has what people do with alerts.
 */
export function contentOf(directory: string): string {
  const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  try {
    const tables = sqlite
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
      )
      .pluck()
      .all()
      .map(String)
      .filter((name) => !CHANGED_BY_SERVER.test(name));
    return JSON.stringify(
      tables.map((table) => [table, sqlite.prepare(`SELECT * FROM "${table}"`).all()]),
      (column, value) => (/^alert_(version|below|spent|month)$/.test(column) ? undefined : value),
    );
  } finally {
    sqlite.close();
  }
}
