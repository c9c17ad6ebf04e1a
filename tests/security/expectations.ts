import type { Role } from "#lib/actor.ts";
import { previewOf, previewOfReversal } from "#lib/batches/preview.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { defaultPreference, preferenceFormValues } from "#lib/mail/rules/preferences.ts";
import { viewChange } from "#lib/status-change.ts";
import { endpointFormValues } from "#lib/webhooks/rules/endpoints.ts";

/**
 * Who may do what: the one table to extend with a new page, handler or action. `matrix.test.ts` finds what exists by
 * itself and fails on what is missing here or no longer there.
 */

/** Ids of what the matrix's portal holds. */
export type Made = {
  organization: number;
  creditType: number;
  /** Two that no organization uses, of which the second is archived. */
  spareType: number;
  archivedType: number;
  /** A purchase. */
  entry: number;
  /** An import that the owner uploaded, and one that the admin did. */
  ownersImport: string;
  adminsImport: string;
  /** The digest of the preview of both. */
  importDigest: string;
  /** The token of an invitation. */
  invitation: string;
  /** LAW's API key that nobody needs, by its id. */
  spareKey: number;
  /** The hash of a session of the viewer, which no test uses. */
  viewersSession: string;
  /** A grant on an organization that nobody needs. */
  grant: number;
  /** An open alert about LAW. */
  alert: number;
  /** A shared view. */
  view: number;
  /** A file of allocations that the admin uploaded. */
  allocations: string;
  /** The membership in LAW that the batches 1 to 3 changed. */
  batchMembership: number;
  /** A membership in LAW that nothing else changes. */
  bulkMembership: number;
  /** A webhook endpoint, which is paused, and another to be removed. */
  endpoint: number;
  spareEndpoint: number;
  /** A portal user who has a session, which no test uses. */
  absentUser: number;
};

/**
 * What users may do who have grants on organizations alone. Without it there is nothing for them: the page does not
 * exist, and a form is refused for the role.
 */
export type Granted = {
  /** The lowest role on an organization. */
  needs: "viewer" | "admin";
  /**
   * "LAW": it concerns this organization, which does not exist for users outside. "scope": it concerns whatever is in
   * the user's scope, so that it exists for everybody. Where it needs an admin, it exists for admins of any organization.
   */
  about: "LAW" | "scope";
};
const GRANTED = {
  readsLaw: { needs: "viewer", about: "LAW" },
  managesLaw: { needs: "admin", about: "LAW" },
  readsScope: { needs: "viewer", about: "scope" },
  managesScope: { needs: "admin", about: "scope" },
} as const;

export type RouteRow = {
  /** The lowest role that is allowed; "anyone" needs no session. */
  needs: Role | "anyone" | "API key";
  /** A real address of the route, where it has parameters. */
  at?: (made: Made) => string;
  /** The status for those who are allowed; 200 by default. */
  allowed?: number;
  /** The status for those who are not signed in; by default a redirect to sign-in. */
  signedOut?: number;
  /** The status for those whose role is too low; 403 by default. */
  forbidden?: number;
  granted?: Granted;
  /** The status for users with grants on organizations alone, where it is not about theirs; 404 by default. */
  outside?: number;
};

const law = (rest = "") => ({ at: () => `/organizations/LAW${rest}` });
const upload = { needs: "admin", allowed: 303, outside: 403 } as const;
const progress = { needs: "admin", signedOut: 404, forbidden: 404 } as const;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** The methods that an address of the API does not have. The answer is the same for everybody. */
function refusedBeside(route: string, has: "GET" | "POST", at = route): Record<string, RouteRow> {
  const others = METHODS.filter((method) => method !== has && !(has === "GET" && method === "HEAD"));
  return Object.fromEntries(
    others.map((method) => [
      `${method} ${route}`,
      { needs: "anyone", at: () => at, allowed: method === "OPTIONS" ? 204 : 405 },
    ]),
  );
}

/** By method and route, as the folders of app/ name it. */
export const ROUTES: Record<string, RouteRow> = {
  "GET /": { needs: "anyone", allowed: 307 },
  "GET /sign-in": { needs: "anyone", allowed: 200 },
  // Without a sign-in that waits for it, the second step leads back to the first.
  "GET /sign-in/second-factor": { needs: "anyone", allowed: 307 },
  "GET /sign-in/signed-out": { needs: "anyone", allowed: 200 },
  "GET /sign-in/single-sign-on": { needs: "anyone", allowed: 404 },
  "GET /sign-in/single-sign-on/end": { needs: "anyone", allowed: 404 },
  "GET /api/auth/callback/oidc": { needs: "anyone", allowed: 404 },
  "GET /setup": { needs: "anyone", allowed: 307 },
  "GET /invite/[token]": { needs: "anyone", at: (made) => `/invite/${made.invitation}` },
  "GET /api/health/live": { needs: "anyone" },
  "GET /api/health/ready": { needs: "anyone" },

  "GET /account": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /account/authenticator": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /account/password": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /account/sessions": { needs: "viewer", granted: GRANTED.readsScope },

  "GET /overview": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /organizations": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /organizations/[code]": { needs: "viewer", granted: GRANTED.readsLaw, ...law() },
  "GET /organizations/[code]/members": { needs: "viewer", granted: GRANTED.readsLaw, ...law("/members") },
  "GET /organizations/[code]/members/export": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    ...law("/members/export"),
  },
  "GET /organizations/[code]/api-keys": { needs: "viewer", granted: GRANTED.readsLaw, ...law("/api-keys") },
  "GET /organizations/[code]/transactions": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    ...law("/transactions"),
  },
  "GET /organizations/[code]/statement": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    ...law("/statement"),
  },
  "GET /organizations/[code]/refusals": { needs: "viewer", granted: GRANTED.readsLaw, ...law("/refusals") },
  "GET /organizations/[code]/settings": { needs: "admin", granted: GRANTED.managesLaw, ...law("/settings") },
  "GET /organizations/[code]/credits/add": { needs: "admin", ...law("/credits/add") },
  "GET /organizations/[code]/credits/return": { needs: "admin", ...law("/credits/return") },
  "GET /organizations/new": { needs: "admin" },
  "GET /organizations/status": { needs: "admin", at: () => "/organizations/status?id=1&to=deactivate" },
  "GET /organizations/status/tags": { needs: "admin", at: () => "/organizations/status/tags?id=1" },
  "GET /organizations/bulk/credits": {
    needs: "admin",
    at: () => "/organizations/bulk/credits?id=1&move=allocation&amount=1",
  },
  "GET /organizations/bulk/allowance": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/organizations/bulk/allowance?id=1&monthlyAllowance=1",
  },
  "GET /credits/import": { needs: "admin" },
  "GET /credits/import/[id]": { needs: "admin", at: (made) => `/credits/import/${made.allocations}` },
  "GET /credits/import/[id]/progress": {
    ...progress,
    at: (made) => `/credits/import/${made.allocations}/progress`,
  },
  "POST /credits/import/upload": upload,
  "GET /members/bulk": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/members/bulk?set=role&id=1&role=viewer",
  },
  "GET /batches/[id]": { needs: "viewer", granted: GRANTED.readsLaw, at: () => "/batches/1" },
  "GET /batches/[id]/reverse": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/batches/1/reverse",
  },
  "GET /organizations/export": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /organizations/import": { needs: "admin" },
  "GET /organizations/import/[id]": {
    needs: "admin",
    at: (made) => `/organizations/import/${made.adminsImport}`,
  },
  "GET /organizations/import/[id]/progress": {
    ...progress,
    at: (made) => `/organizations/import/${made.adminsImport}/progress`,
  },
  "GET /organizations/import/[id]/errors": {
    ...progress,
    // No row of it has an error.
    at: (made) => `/organizations/import/${made.adminsImport}/errors`,
    allowed: 404,
  },
  "GET /organizations/import/[id]/undo": {
    ...progress,
    // It has changed nothing, so that there is nothing to undo.
    at: (made) => `/organizations/import/${made.adminsImport}/undo`,
    allowed: 404,
  },
  "POST /organizations/import/upload": upload,

  "GET /members": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /members/[id]": { needs: "viewer", granted: GRANTED.readsLaw, at: () => "/members/1" },
  "GET /members/[id]/refusals": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    at: () => "/members/1/refusals",
  },
  // Bo is a member of LAW alone, so that its admin may change his name and email.
  "GET /members/[id]/edit": { needs: "admin", granted: GRANTED.managesLaw, at: () => "/members/2/edit" },
  "GET /members/[id]/merge": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/members/2/merge?with=ana.twice@example.edu",
  },
  "GET /members/[id]/memberships/[membership]": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/members/1/memberships/1",
  },
  "GET /members/[id]/memberships/[membership]/remove": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/members/1/memberships/1/remove",
  },
  "GET /members/new": { needs: "admin", granted: GRANTED.managesScope },
  "GET /members/status": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: () => "/members/status?id=1&to=deactivate",
  },
  "GET /members/export": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /members/import": { needs: "admin", granted: GRANTED.managesScope },
  "GET /members/import/[id]": {
    needs: "admin",
    granted: GRANTED.managesScope,
    // An import of the other kind is none of this one's.
    at: (made) => `/members/import/${made.adminsImport}`,
    allowed: 404,
  },
  "GET /members/import/[id]/progress": {
    ...progress,
    at: (made) => `/members/import/${made.adminsImport}/progress`,
    allowed: 404,
  },
  "GET /members/import/[id]/errors": {
    ...progress,
    // No row of it has an error.
    at: (made) => `/members/import/${made.adminsImport}/errors`,
    allowed: 404,
  },
  "GET /members/import/[id]/undo": {
    ...progress,
    // It has changed nothing, so that there is nothing to undo.
    at: (made) => `/members/import/${made.adminsImport}/undo`,
    allowed: 404,
  },
  "POST /members/import/upload": { ...upload, granted: GRANTED.managesScope },

  "GET /credit-types": { needs: "viewer" },
  "GET /credit-types/new": { needs: "admin" },
  "GET /credit-types/[id]": { needs: "viewer", at: (made) => `/credit-types/${made.creditType}` },
  "GET /credit-types/[id]/edit": { needs: "admin", at: (made) => `/credit-types/${made.creditType}/edit` },
  "GET /credit-types/[id]/purchase": {
    needs: "admin",
    at: (made) => `/credit-types/${made.creditType}/purchase`,
  },

  "GET /transactions": { needs: "viewer", granted: GRANTED.readsScope },
  // The allocation to LAW.
  "GET /transactions/[id]": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    at: () => "/transactions/2",
  },
  "GET /transactions/[id]/reverse": { needs: "admin", at: (made) => `/transactions/${made.entry}/reverse` },
  "GET /transactions/applications": { needs: "admin" },
  "GET /transactions/applications/[id]/merge": {
    needs: "admin",
    at: () => "/transactions/applications/1/merge",
  },
  "GET /transactions/applications/[id]": { needs: "admin", at: () => "/transactions/applications/1" },
  "GET /transactions/export": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /transactions/suggest": {
    needs: "viewer",
    granted: GRANTED.readsScope,
    at: () => "/transactions/suggest?member=a",
    signedOut: 401,
  },

  "GET /views": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /views/new": {
    needs: "viewer",
    granted: GRANTED.readsScope,
    at: () => "/views/new?href=/organizations",
  },
  "GET /views/[id]": { needs: "admin", at: (made) => `/views/${made.view}` },
  "GET /search": { needs: "viewer", granted: GRANTED.readsScope, at: () => "/search?q=law" },
  "GET /search/results": {
    needs: "viewer",
    granted: GRANTED.readsScope,
    at: () => "/search/results?q=law",
    signedOut: 401,
  },

  "GET /api-keys": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /api-keys/new": { needs: "admin", granted: GRANTED.managesScope },
  "GET /api-keys/[id]": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    at: (made) => `/api-keys/${made.spareKey}`,
  },
  "GET /api-keys/[id]/first-event": {
    needs: "viewer",
    granted: GRANTED.readsLaw,
    at: (made) => `/api-keys/${made.spareKey}/first-event`,
    signedOut: 404,
  },
  "GET /api-keys/[id]/revoke": {
    needs: "admin",
    granted: GRANTED.managesLaw,
    at: (made) => `/api-keys/${made.spareKey}/revoke`,
  },

  "GET /alerts": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /alerts/export": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /settings/alerts": { needs: "admin" },
  "GET /settings/alerts/[id]": { needs: "admin", at: () => "/settings/alerts/1" },
  "GET /settings/alerts/new": { needs: "admin" },
  "GET /settings/health": { needs: "admin" },
  "GET /refusals": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /refusals/export": { needs: "viewer", granted: GRANTED.readsScope },

  "GET /audit": { needs: "viewer", granted: GRANTED.readsScope },
  "GET /audit/export": { needs: "viewer", granted: GRANTED.readsScope },

  // A token of its own, which is not set here.
  "GET /metrics": { needs: "anyone", allowed: 404 },

  "POST /api/v1/usage": { needs: "API key", allowed: 415 },
  ...refusedBeside("/api/v1/usage", "POST"),
  "POST /api/v1/usage/batch": { needs: "API key", allowed: 415 },
  ...refusedBeside("/api/v1/usage/batch", "POST"),
  "POST /api/v1/usage/[id]/reverse": {
    needs: "API key",
    at: () => "/api/v1/usage/none/reverse",
    allowed: 404,
  },
  ...refusedBeside("/api/v1/usage/[id]/reverse", "POST", "/api/v1/usage/none/reverse"),
  "GET /api/v1/usage/check": {
    needs: "API key",
    at: () => "/api/v1/usage/check?member=ana@example.edu&organization=LAW",
  },
  ...refusedBeside("/api/v1/usage/check", "GET"),
  "POST /api/v1/events": { needs: "API key", allowed: 415 },
  ...refusedBeside("/api/v1/events", "POST"),
  "GET /api/v1/openapi.json": { needs: "anyone" },
  ...refusedBeside("/api/v1/openapi.json", "GET"),
  "GET /api/v1/guide": { needs: "anyone" },
  ...refusedBeside("/api/v1/guide", "GET"),
  ...Object.fromEntries(
    METHODS.map((method) => [
      `${method} /api/v1/[[...path]]`,
      { needs: "anyone", at: () => "/api/v1/none", allowed: 404 } as const,
    ]),
  ),

  "GET /settings": { needs: "owner" },
  "GET /settings/security": { needs: "owner" },
  "GET /settings/users": { needs: "owner" },
  "GET /settings/users/[id]/sessions": {
    needs: "owner",
    at: (made) => `/settings/users/${made.absentUser}/sessions`,
  },
  "GET /settings/notifications": { needs: "owner" },
  "GET /settings/notifications/endpoints/new": { needs: "owner" },
  "GET /settings/notifications/endpoints/[id]": {
    needs: "owner",
    at: (made) => `/settings/notifications/endpoints/${made.endpoint}`,
  },
  "GET /settings/notifications/endpoints/[id]/remove": {
    needs: "owner",
    at: (made) => `/settings/notifications/endpoints/${made.endpoint}/remove`,
  },
  "GET /settings/notifications/people/[id]": {
    needs: "owner",
    at: (made) => `/settings/notifications/people/${made.absentUser}`,
  },
  "GET /settings/demo": { needs: "owner" },
  "GET /settings/demo/progress": { ...progress, needs: "owner" },
  "GET /settings/tags": { needs: "admin" },
  "GET /settings/tags/rename": { needs: "admin", at: () => "/settings/tags/rename?tag=faculty:arts" },
  "GET /settings/tags/remove": { needs: "admin", at: () => "/settings/tags/remove?tag=faculty:arts" },
};

export type ActionRow = {
  needs: Role | "anyone";
  granted?: Granted;
  /** A form that would change something, so that a refusal can be checked. */
  fields?: (made: Made) => Record<string, string>;
};

let requests = 0;
const requestId = () => {
  requests += 1;
  return { requestId: `matrix-request-${requests}` };
};

/** The values that an edit form was opened with, as `fill` made them. */
const opened = (values: Record<string, string>) => ({ original: JSON.stringify(values) });

/** By the function's name. */
export const ACTIONS: Record<string, ActionRow> = {
  signInAction: { needs: "anyone" },
  beginPasskeySignInAction: { needs: "anyone" },
  passkeySignInAction: { needs: "anyone" },
  finishSecondStepAction: { needs: "anyone" },
  signOutAction: { needs: "anyone" },
  setThemeAction: { needs: "anyone" },
  hideFirstRunAction: { needs: "anyone" },
  setSingleKeysAction: { needs: "anyone" },
  setupAction: { needs: "anyone" },
  acceptInvitationAction: { needs: "anyone" },

  acknowledgeAlertsAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({ only: String(made.alert) }),
  },
  muteRuleAction: { needs: "viewer", granted: GRANTED.readsScope, fields: () => ({ mute: "1" }) },
  createRuleAction: { needs: "admin", fields: () => ({ kind: "key_unused", threshold: "30" }) },
  updateRuleAction: {
    needs: "admin",
    fields: () => ({
      id: "2",
      threshold: "25",
      enabled: "on",
      ...opened({ threshold: "20", enabled: "on" }),
    }),
  },
  removeRuleAction: { needs: "admin", fields: () => ({ id: "3" }) },

  saveViewAction: { needs: "viewer", granted: GRANTED.readsScope },
  renameViewAction: { needs: "viewer", granted: GRANTED.readsScope },
  removeViewAction: { needs: "viewer", granted: GRANTED.readsScope },
  starViewAction: { needs: "viewer", granted: GRANTED.readsScope },

  changePasswordAction: { needs: "viewer", granted: GRANTED.readsScope },
  beginPasskeyAction: { needs: "viewer", granted: GRANTED.readsScope },
  addPasskeyAction: { needs: "viewer", granted: GRANTED.readsScope },
  removePasskeyAction: { needs: "viewer", granted: GRANTED.readsScope },
  renamePasskeyAction: { needs: "viewer", granted: GRANTED.readsScope },
  beginAuthenticatorAction: { needs: "viewer", granted: GRANTED.readsScope },
  confirmAuthenticatorAction: { needs: "viewer", granted: GRANTED.readsScope },
  removeAuthenticatorAction: { needs: "viewer", granted: GRANTED.readsScope },
  makeRecoveryCodesAction: { needs: "viewer", granted: GRANTED.readsScope },
  endSessionsAction: {
    needs: "viewer",
    granted: GRANTED.readsScope,
    fields: (made) => ({ session: made.viewersSession }),
  },
  endSessionsOfAction: {
    needs: "owner",
    fields: (made) => ({ user: String(made.absentUser), session: "all" }),
  },

  createEndpointAction: {
    needs: "owner",
    // An event that does not happen here.
    fields: () => ({ kind: "webhook", url: "https://example.edu/hook", "event:webhook.resting": "on" }),
  },
  updateEndpointAction: {
    needs: "owner",
    fields: (made) => ({
      id: String(made.endpoint),
      name: "Other",
      url: "https://example.edu/other",
      // An event that does not happen here, because another row makes the endpoint active.
      "event:webhook.resting": "on",
      ...opened(
        endpointFormValues({
          name: "Finance",
          url: "https://example.edu/finance",
          events: ["webhook.resting"],
        }),
      ),
    }),
  },
  rotateSecretAction: { needs: "owner", fields: (made) => ({ id: String(made.endpoint) }) },
  pauseOrResumeAction: { needs: "owner", fields: (made) => ({ id: String(made.endpoint), to: "active" }) },
  // Without fields, because they send something.
  sendTestAction: { needs: "owner" },
  sendAgainAction: { needs: "owner" },
  sendTestMailAction: { needs: "owner" },
  setMailPreferenceAction: {
    needs: "owner",
    fields: (made) => ({
      portalUser: String(made.absentUser),
      frequency: "daily",
      "event:pool.low": "on",
      ...opened(preferenceFormValues(defaultPreference("viewer"))),
    }),
  },
  removeEndpointAction: { needs: "owner", fields: (made) => ({ id: String(made.spareEndpoint) }) },

  createOrganizationAction: {
    needs: "admin",
    fields: (made) => ({ name: "Matrix", code: "MATRIX", creditType: String(made.creditType) }),
  },
  updateOrganizationAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({
      id: String(made.organization),
      name: "School of Law",
      monthlyAllowance: "7",
      ...opened({
        name: "Faculty of Law",
        code: "LAW",
        creditType: String(made.creditType),
        monthlyAllowance: "1000",
        tags: "",
      }),
    }),
  },
  changeStatusAction: {
    needs: "admin",
    fields: (made) => ({ ids: String(made.organization), to: "deactivate" }),
  },
  changeTagsAction: {
    needs: "admin",
    fields: () => ({
      ids: "2",
      to: "add",
      tags: "site:new",
      expected: `${viewChange([2], 1).expected} add site:new`,
    }),
  },
  renameTagAction: { needs: "admin", fields: () => ({ tag: "site:old", to: "site:newer" }) },
  // It refuses a portal that has data.
  fillDemoAction: { needs: "owner" },
  removeTagAction: { needs: "admin", fields: () => ({ tag: "faculty:arts" }) },
  addCreditsAction: {
    needs: "admin",
    fields: (made) => ({ organization: String(made.organization), amount: "1", ...requestId() }),
  },
  returnCreditsAction: {
    needs: "admin",
    fields: (made) => ({ organization: String(made.organization), amount: "1", ...requestId() }),
  },
  moveCreditsAction: {
    needs: "admin",
    fields: (made) => ({
      ids: String(made.organization),
      move: "allocation",
      split: "each",
      amount: "1",
      expected: previewOf("each", {
        lines: [{ id: made.organization, amount: 1_000_000n, after: 0n }],
        total: 1_000_000n,
      }),
      ...requestId(),
    }),
  },
  changeAllowanceAction: {
    needs: "admin",
    granted: GRANTED.managesScope,
    // Of MED, so that the form of LAW stays as it was opened.
    fields: () => ({
      ids: "3",
      monthlyAllowance: "77",
      expected: previewOfChanges([{ id: 3, before: null, after: "77" }]),
      ...requestId(),
    }),
  },
  changeMembershipsAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({
      ids: String(made.bulkMembership),
      set: "allowance",
      allowance: "unlimited",
      expected: previewOfChanges([{ id: made.bulkMembership, before: "", after: "unlimited" }]),
      ...requestId(),
    }),
  },
  reverseBatchAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({
      batch: "2",
      expected: previewOfReversal([{ id: made.batchMembership, outcome: "reversed" }]),
      ...requestId(),
    }),
  },
  undoBatchAction: { needs: "admin", granted: GRANTED.managesLaw, fields: () => ({ batch: "3" }) },
  updateApplicationAction: {
    needs: "admin",
    fields: () => ({
      id: "1",
      name: "Essay coach",
      status: "listed",
      ...opened({ name: "essay-coach", status: "listed" }),
    }),
  },
  mergeApplicationsAction: { needs: "admin", fields: () => ({ id: "2", into: "1" }) },
  runImportAction: {
    needs: "admin",
    granted: GRANTED.managesScope,
    fields: (made) => ({ id: made.adminsImport, expected: made.importDigest }),
  },
  checkImportAction: {
    needs: "admin",
    granted: GRANTED.managesScope,
    // In the mode of before, so that the preview's digest stays the same for the import.
    fields: (made) => ({ id: made.adminsImport, mode: "add" }),
  },

  addMemberAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({
      organization: "LAW",
      name: "Cy",
      email: "cy@example.edu",
      role: "creator",
      allowance: "organization",
    }),
  },
  updateMemberAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({
      id: "2",
      name: "Bo Lin",
      email: "bo@example.edu",
      ...opened({ name: "Bo Li", email: "bo@example.edu" }),
    }),
  },
  addAliasAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({ member: "2", email: "bo.old@example.edu" }),
  },
  mergeMembersAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({ member: "2", email: "ana.twice@example.edu" }),
  },
  removeMembershipAction: { needs: "admin", granted: GRANTED.managesLaw, fields: () => ({ id: "5" }) },
  removeAliasAction: { needs: "admin", granted: GRANTED.managesLaw, fields: () => ({ id: "1" }) },
  updateMembershipAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({
      id: "1",
      role: "viewer",
      allowance: "unlimited",
      ...opened({ role: "creator", allowance: "organization", monthlyAllowance: "" }),
    }),
  },
  changeMembershipsStatusAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({ ids: "1", to: "deactivate" }),
  },
  setApprovedDomainsAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({
      organization: String(made.organization),
      domains: "example.edu",
      ...opened({ domains: "" }),
    }),
  },

  createApiKeyAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: () => ({ scope: "organization", organization: "LAW", name: "Matrix", ...requestId() }),
  },
  revokeApiKeyAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({ id: String(made.spareKey) }),
  },

  createCreditTypeAction: {
    needs: "admin",
    fields: () => ({ name: "Matrix Credits", currency: "SGD", exchangeRate: "100" }),
  },
  updateCreditTypeAction: {
    needs: "admin",
    fields: (made) => ({
      id: String(made.creditType),
      name: "Japanese Credits",
      exchangeRate: "2",
      ...opened({ name: "JPY Credits", currency: "JPY", exchangeRate: "1" }),
    }),
  },
  purchaseCreditsAction: {
    needs: "admin",
    fields: (made) => ({ creditType: String(made.creditType), amount: "1", ...requestId() }),
  },
  archiveCreditTypeAction: { needs: "admin", fields: (made) => ({ id: String(made.spareType) }) },
  restoreCreditTypeAction: { needs: "admin", fields: (made) => ({ id: String(made.archivedType) }) },

  reverseEntryAction: {
    needs: "admin",
    fields: (made) => ({ entry: String(made.entry), ...requestId() }),
  },

  updateSettingsAction: {
    needs: "owner",
    fields: () => ({
      enterpriseName: "Matrix",
      timeZone: "Asia/Tokyo",
      dateFormat: "YYYY-MM-DD",
      ...opened({ enterpriseName: "My enterprise", timeZone: "UTC", dateFormat: "DD/MM/YYYY" }),
    }),
  },
  updateSessionLimitsAction: {
    needs: "owner",
    fields: () => ({
      sessionLifetime: "7 days",
      sessionIdle: "12 hours",
      ...opened({ sessionLifetime: "14 days", sessionIdle: "" }),
    }),
  },
  updateRefusalRetentionAction: {
    needs: "owner",
    fields: () => ({ refusalDays: "30", ...opened({ refusalDays: "90" }) }),
  },
  updateSecondFactorPolicyAction: {
    needs: "owner",
    fields: () => ({
      requireSecondFactor: "off",
      askAgainAbove: "1000",
      ...opened({ requireSecondFactor: "off", askAgainAbove: "" }),
    }),
  },
  inviteAction: { needs: "owner", fields: () => ({ email: "new@example.edu", role: "owner" }) },
  resetSecondFactorAction: { needs: "owner" },
  newLinkAction: { needs: "owner", fields: () => ({ email: "guest@example.edu" }) },
  setRoleAction: {
    needs: "owner",
    fields: () => ({ id: "5", role: "admin", ...opened({ role: "viewer" }) }),
  },
  addGrantsAction: { needs: "owner", fields: () => ({ id: "5", role: "viewer", scopes: "ART" }) },
  grantOnOrganizationAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({
      organization: String(made.organization),
      email: "absent@example.edu",
      role: "viewer",
    }),
  },
  removeGrantAction: {
    needs: "admin",
    granted: GRANTED.managesLaw,
    fields: (made) => ({ grant: String(made.grant) }),
  },
  setDisabledAction: { needs: "owner", fields: () => ({ id: "5", disabled: "true" }) },
};
