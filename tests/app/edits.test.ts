import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { desc } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { applications, auditEntries, passkeys } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { updateRule } from "#lib/alerts/commands/rules.ts";
import { getRule } from "#lib/alerts/queries/rules.ts";
import { ruleFormValues, updateRuleInput } from "#lib/alerts/rules/inputs.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import { getApplication } from "#lib/applications/queries.ts";
import { applicationFormValues, updateApplicationInput } from "#lib/applications/rules.ts";
import { createCreditType, updateCreditType } from "#lib/credit-types/commands.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { creditTypeFormValues, updateCreditTypeInput } from "#lib/credit-types/rules.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import { recipientById } from "#lib/mail/recipients.ts";
import { mailPreferenceInput, preferenceFormValues } from "#lib/mail/rules/preferences.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { domainsFormValues, setApprovedDomainsInput } from "#lib/members/domain-rules.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { membershipsByIds } from "#lib/members/queries/memberships.ts";
import {
  addMemberInput,
  memberFormValues,
  membershipFormValues,
  updateMemberInput,
  updateMembershipInput,
} from "#lib/members/rules.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationFormValues, updateOrganizationInput } from "#lib/organizations/rules.ts";
import { createPortalUser, setPortalUserRole } from "#lib/portal-users/commands/accounts.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { sessionLimits } from "#lib/portal-users/session-queries.ts";
import { sessionLimitsFormValues, sessionLimitsInput } from "#lib/portal-users/session-rules.ts";
import { updateRefusalRetention } from "#lib/refusals/commands/retention.ts";
import { readRefusalDays } from "#lib/refusals/queries/retention.ts";
import { retentionFormValues, retentionInput } from "#lib/refusals/rules.ts";
import { renameView, saveView } from "#lib/saved-views/commands.ts";
import { getView } from "#lib/saved-views/queries.ts";
import { renamePasskey } from "#lib/second-factor/commands/manage.ts";
import { updateSecondFactorPolicy } from "#lib/second-factor/commands/policy.ts";
import { passkeysOf, secondFactorPolicy } from "#lib/second-factor/queries.ts";
import {
  renamePasskeyInput,
  secondFactorPolicyFormValues,
  secondFactorPolicyInput,
} from "#lib/second-factor/rules.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsFormValues, settingsInput } from "#lib/settings/rules.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { createEndpoint, updateEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import { endpointUrl, getEndpoint } from "#lib/webhooks/queries.ts";
import { endpointFormValues, updateEndpointInput } from "#lib/webhooks/rules/endpoints.ts";
import { allPortalUsers, aPortalUser, everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

type Outcome = { ok: boolean; code?: string; current?: OriginalValues; value?: { changed: boolean } };

/** One edit form: what it shows now, and its save of `change` on top of `original`. */
type EditForm = {
  /** What somebody else saves while the form is open, and what is then typed into another field. */
  theirs: OriginalValues;
  mine: OriginalValues;
  shown: () => OriginalValues;
  save: (values: OriginalValues, original?: OriginalValues) => Promise<Outcome>;
};

useFreshDatabase();

let creditType: number;
let organization: number;
let membership: { id: number; memberId: number };
let admin: number;
let application: number;
let endpoint: number;
let viewer: Actor & { kind: "portal_user" };
beforeEach(async () => {
  endpoint = value(
    await createEndpoint(
      { kind: "webhook", name: "Hook", url: "https://example.edu/hook", events: ["grant.added"] },
      operator,
    ),
  ).id;
  creditType = value(
    await createCreditType({ name: "SGD Credits", currency: "SGD", exchangeRate: 100_000_000n }, operator),
  ).id;
  organization = value(
    await createOrganization(
      { name: "Marketing", code: "MKT", creditType, monthlyAllowance: null },
      operator,
    ),
  ).id;
  const member = {
    organization: "MKT",
    name: "Ana",
    email: "ana@example.edu",
    role: "viewer",
    allowance: "organization",
  };
  membership = value(await addMember(addMemberInput.parse(member), operator));
  application = database()
    .insert(applications)
    .values({ name: "essay-coach", nameKey: "essay-coach", createdAt: new Date() })
    .returning({ id: applications.id })
    .get().id;
  value(await createPortalUser({ email: "owner@example.edu", role: "owner" }, operator));
  viewer = await aPortalUser("viewer");
  value(await saveView({ name: "Low", href: "/organizations?sort=balance", shared: false }, viewer));
  database()
    .insert(passkeys)
    .values({
      portalUserId: viewer.id,
      name: "Laptop",
      credentialId: "credential",
      publicKey: "key",
      relyingParty: "localhost",
      signatures: 0,
      transports: "internal",
      createdAt: new Date(),
    })
    .run();
  admin = value(await createPortalUser({ email: "kim@example.edu", role: "viewer" }, operator)).id;
});

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("nothing is there");
  return value;
}

/** By the action that the form sends. An action that saves an edit has its row here. */
const FORMS: Record<string, EditForm> = {
  updateOrganizationAction: {
    theirs: { monthlyAllowance: "60" },
    mine: { name: "Marketing and Sales" },
    shown: () => organizationFormValues(present(getOrganization(everything, "MKT"))),
    save: (values, original) =>
      updateOrganization(
        updateOrganizationInput.parse({ id: String(organization), ...values }),
        operator,
        original,
      ),
  },
  setApprovedDomainsAction: {
    theirs: { domains: "a.example.edu" },
    mine: { domains: "b.example.edu" },
    shown: () => domainsFormValues(approvedDomainsOf(everything, organization)),
    save: (values, original) =>
      setApprovedDomains(
        setApprovedDomainsInput.parse({ organization: String(organization), ...values }),
        operator,
        original,
      ),
  },
  updateMembershipAction: {
    theirs: { allowance: "own", monthlyAllowance: "5" },
    mine: { role: "admin" },
    shown: () => membershipFormValues(present(membershipsByIds(everything, [membership.id], 0)[0])),
    save: (values, original) =>
      updateMembership(
        updateMembershipInput.parse({ id: String(membership.id), ...values }),
        operator,
        original,
      ),
  },
  updateMemberAction: {
    theirs: { email: "ana.ruiz@example.edu" },
    mine: { name: "Ana Ruiz" },
    shown: () => memberFormValues(present(getMember(everything, membership.memberId))),
    save: (values, original) =>
      updateMember(
        updateMemberInput.parse({ id: String(membership.memberId), ...values }),
        operator,
        original,
      ),
  },
  updateCreditTypeAction: {
    theirs: { exchangeRate: "50" },
    mine: { name: "Singapore Credits" },
    shown: () => creditTypeFormValues(present(getCreditType(everything, creditType))),
    save: (values, original) =>
      updateCreditType(
        updateCreditTypeInput.parse({ id: String(creditType), ...values }),
        operator,
        original,
      ),
  },
  updateSettingsAction: {
    theirs: { timeZone: "Asia/Singapore" },
    mine: { enterpriseName: "Example University" },
    shown: () => settingsFormValues(getSettings()),
    save: (values, original) => updateSettings(settingsInput.parse(values), operator, original),
  },
  updateSessionLimitsAction: {
    theirs: { sessionIdle: "12 hours" },
    mine: { sessionLifetime: "7 days" },
    shown: () => sessionLimitsFormValues(sessionLimits()),
    save: (values, original) => updateSessionLimits(sessionLimitsInput.parse(values), operator, original),
  },
  updateRefusalRetentionAction: {
    theirs: { refusalDays: "30" },
    mine: { refusalDays: "60" },
    shown: () => retentionFormValues({ refusalDays: readRefusalDays() }),
    save: (values, original) => updateRefusalRetention(retentionInput.parse(values), operator, original),
  },
  updateRuleAction: {
    theirs: { threshold: "30" },
    mine: { enabled: "off" },
    shown: () => ruleFormValues(present(getRule(2))),
    save: (values, original) => updateRule(updateRuleInput.parse({ id: "2", ...values }), operator, original),
  },
  updateSecondFactorPolicyAction: {
    theirs: { askAgainAbove: "1000" },
    mine: { requireSecondFactor: "on" },
    shown: () => secondFactorPolicyFormValues(secondFactorPolicy()),
    save: (values, original) =>
      updateSecondFactorPolicy(secondFactorPolicyInput.parse(values), operator, original),
  },
  updateApplicationAction: {
    theirs: { status: "hidden" },
    mine: { name: "Essay coach" },
    shown: () => applicationFormValues(present(getApplication(everything, application))),
    save: (values, original) =>
      updateApplication(
        updateApplicationInput.parse({ id: String(application), ...values }),
        operator,
        original,
      ),
  },
  renameViewAction: {
    theirs: { name: "Near its end" },
    mine: { name: "Almost spent" },
    shown: () => ({ name: present(getView(viewer, 1)).name }),
    save: ({ name = "" }, original) => renameView({ id: 1, name }, viewer, original),
  },
  updateEndpointAction: {
    theirs: { url: "https://example.edu/moved" },
    mine: { name: "Finance", "event:pool.low": "on" },
    shown: () => {
      const { name, events } = present(getEndpoint(endpoint));
      return endpointFormValues({ name, events, url: present(endpointUrl(endpoint)) });
    },
    save: (values, original) =>
      updateEndpoint(updateEndpointInput.parse({ id: String(endpoint), ...values }), operator, original),
  },
  setMailPreferenceAction: {
    theirs: { "event:alerts": "on" },
    mine: { frequency: "daily", "event:member.added": "on" },
    shown: () => preferenceFormValues(present(recipientById(viewer.id)).preference),
    save: (values, original) =>
      setMailPreference(
        mailPreferenceInput.parse({ portalUser: String(viewer.id), ...values }),
        operator,
        original,
      ),
  },
  renamePasskeyAction: {
    theirs: { name: "Old laptop" },
    mine: { name: "Travel laptop" },
    shown: () => ({ name: present(passkeysOf(viewer.id)[0]).name }),
    save: (values, original) =>
      renamePasskey(renamePasskeyInput.parse({ id: "1", ...values }), viewer, original),
  },
  setRoleAction: {
    theirs: { role: "admin" },
    mine: { role: "owner" },
    shown: () => ({ role: present(present(allPortalUsers().find(({ id }) => id === admin)).role) }),
    save: ({ role }, original) =>
      setPortalUserRole({ id: admin, role: role as "viewer" | "admin" | "owner" }, operator, original),
  },
};

const audits = () =>
  database().select({ id: auditEntries.id }).from(auditEntries).orderBy(desc(auditEntries.id)).limit(1).get()
    ?.id;

describe.each(Object.entries(FORMS))("%s", (_action, form) => {
  it("does not undo what somebody else saved while the form was open, and saves from the refusal", async () => {
    const opened = form.shown();
    expect(await form.save({ ...opened, ...form.theirs }, opened)).toMatchObject({ ok: true });
    const now = { ...opened, ...form.theirs };
    expect(form.shown()).toEqual(now);
    const before = audits();

    const stale = await form.save({ ...opened, ...form.mine }, opened);
    expect(stale).toMatchObject({ ok: false, code: "stale_edit", current: now });
    expect(form.shown()).toEqual(now);
    expect(audits()).toBe(before);

    const second = await form.save({ ...now, ...form.mine }, stale.current);
    expect(second).toMatchObject({ ok: true, value: { changed: true } });
    expect(form.shown()).toEqual({ ...now, ...form.mine });
  });

  it("reports that nothing changed, and writes nothing", async () => {
    const opened = form.shown();
    const before = audits();
    expect(await form.save(opened, opened)).toMatchObject({ ok: true, value: { changed: false } });
    expect(audits()).toBe(before);
  });

  it("reports the same after somebody else has saved equal values", async () => {
    const opened = form.shown();
    await form.save({ ...opened, ...form.theirs }, opened);
    expect(await form.save({ ...opened, ...form.theirs }, opened)).toMatchObject({
      ok: true,
      value: { changed: false },
    });
  });
});

/** Actions that overwrite nothing that a form showed: they add, move, or set one status. */
const NO_EDITS = [
  "createEndpointAction",
  "rotateSecretAction",
  "pauseOrResumeAction",
  "removeEndpointAction",
  "sendTestAction",
  "sendAgainAction",
  "sendTestMailAction",
  "addGrantsAction",
  "grantOnOrganizationAction",
  "removeGrantAction",
  "acceptInvitationAction",
  "acknowledgeAlertsAction",
  "createRuleAction",
  "muteRuleAction",
  "removeRuleAction",
  "addAliasAction",
  "addCreditsAction",
  "addMemberAction",
  "addPasskeyAction",
  "archiveCreditTypeAction",
  "beginAuthenticatorAction",
  "beginPasskeyAction",
  "beginPasskeySignInAction",
  "changeAllowanceAction",
  "changeMembershipsAction",
  "changeMembershipsStatusAction",
  "changePasswordAction",
  "changeStatusAction",
  "changeTagsAction",
  "checkImportAction",
  "confirmAuthenticatorAction",
  "createApiKeyAction",
  "createCreditTypeAction",
  "createOrganizationAction",
  "endSessionsAction",
  "endSessionsOfAction",
  "finishSecondStepAction",
  "inviteAction",
  "makeRecoveryCodesAction",
  "mergeApplicationsAction",
  "mergeMembersAction",
  "moveCreditsAction",
  "newLinkAction",
  "passkeySignInAction",
  "purchaseCreditsAction",
  "removeAliasAction",
  "removeAuthenticatorAction",
  "removeMembershipAction",
  "removePasskeyAction",
  "removeTagAction",
  "fillDemoAction",
  "removeViewAction",
  "renameTagAction",
  "resetSecondFactorAction",
  "restoreCreditTypeAction",
  "reverseBatchAction",
  "returnCreditsAction",
  "reverseEntryAction",
  "revokeApiKeyAction",
  "runImportAction",
  "saveViewAction",
  "setDisabledAction",
  "hideFirstRunAction",
  "setThemeAction",
  "setSingleKeysAction",
  "setupAction",
  "signInAction",
  "signOutAction",
  "starViewAction",
  "undoBatchAction",
];

/** Every action in the source with its text. */
function sourceActions(): Map<string, string> {
  const files = readdirSync("app", { recursive: true, encoding: "utf8" }).filter(
    (file) => path.basename(file) === "actions.ts",
  );
  return new Map(
    files.flatMap((file) =>
      readFileSync(path.join("app", file), "utf8")
        .split(/^export async function /m)
        .slice(1)
        .map((text) => [/^\w+/.exec(text)?.[0] ?? "", text] as const),
    ),
  );
}

it("lists every action as an edit or as another action", () => {
  expect([...sourceActions().keys()].sort()).toEqual([...Object.keys(FORMS), ...NO_EDITS].sort());
});

it("every edit, and no other action, demands the values that its form was opened with", () => {
  const demanding = [...sourceActions()].filter(([, text]) => text.includes("return editAction("));
  expect(demanding.map(([name]) => name).sort()).toEqual(Object.keys(FORMS).sort());
});
