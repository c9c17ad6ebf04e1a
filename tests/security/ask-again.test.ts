import { afterAll, beforeAll, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { portalSessions } from "#db/schema/index.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { updateSecondFactorPolicy } from "#lib/second-factor/commands/policy.ts";
import { actionId } from "#tests/support/actions.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  credits,
  operator,
  requestId,
  value,
} from "#tests/support/builders.ts";
import { inDatabase } from "#tests/support/database.ts";
import type { HttpBrowser } from "#tests/support/http-browser.ts";
import { EMAILS, PASSWORD, type Portal, startPortal } from "./portal.ts";

// A stranger at somebody's open browser must not give rights to anybody. Five minutes after the last confirmation, each
// action that does so asks who the person is. The test sends good forms without an answer, and none may succeed.

let portal: Portal;
let owner: HttpBrowser;
let ids: { law: number; viewer: number; grant: number; chosen: number[]; batch: number };

beforeAll(async () => {
  portal = await startPortal({
    fill: async () => {
      const law = await anOrganization({ code: "LAW" });
      const dean = value(
        await createPortalUser({ email: "dean@example.edu", role: "viewer", password: PASSWORD }, operator),
      );
      await aGrant(dean, "viewer", { organizationId: law });
      const viewer = findForSignIn(EMAILS.viewer)?.id ?? 0;
      const grant = database().$client.prepare("SELECT max(id) AS id FROM portal_user_grants").get();
      const creditType = await aCreditType({ available: credits(100) });
      const chosen = [
        await anOrganization({ code: "ART", creditType }),
        await anOrganization({ code: "MED", creditType }),
      ];
      const move = {
        move: "allocation",
        split: "each",
        amount: credits(4),
        note: null,
        expected: null,
      } as const;
      const request = { ...move, ids: chosen, selection: "", requestId: requestId() };
      const batch = value(await moveCredits(request, operator)).batch ?? 0;
      value(
        await updateSecondFactorPolicy({ requireSecondFactor: false, askAgainAbove: credits(7) }, operator),
      );
      ids = { law, viewer, grant: Number((grant as { id: bigint }).id), chosen, batch };
    },
  });
  owner = await portal.signedIn(EMAILS.owner);
});
afterAll(async () => {
  await portal?.stop();
});

const FORMS: Record<string, () => Record<string, string>> = {
  inviteAction: () => ({ email: "new@example.edu", role: "owner", scopes: "" }),
  newLinkAction: () => ({ email: EMAILS.viewer }),
  setRoleAction: () => ({ id: String(ids.viewer), role: "owner", original: "{}" }),
  setDisabledAction: () => ({ id: String(ids.viewer), disabled: "false" }),
  addGrantsAction: () => ({ id: String(ids.viewer), role: "admin", scopes: "LAW" }),
  grantOnOrganizationAction: () => ({ organization: String(ids.law), email: EMAILS.viewer, role: "admin" }),
  removeGrantAction: () => ({ grant: String(ids.grant) }),
  resetSecondFactorAction: () => ({ email: EMAILS.viewer }),
  createApiKeyAction: () => ({
    scope: "enterprise",
    name: "gateway",
    expires: "",
    requestId: "4b1cf10c-5f0e-4a63-8d0b-0f2a3c1d2e4f",
  }),
  beginPasskeyAction: () => ({ name: "Phone" }),
  beginAuthenticatorAction: () => ({}),
  makeRecoveryCodesAction: () => ({}),
  removeAuthenticatorAction: () => ({}),
  removePasskeyAction: () => ({ id: "1" }),
  createEndpointAction: () => ({ kind: "webhook", url: "https://example.edu/hook", "event:*": "on" }),
  updateEndpointAction: () => ({
    ...{ id: "1", name: "Other", url: "https://example.edu/hook" },
    ...{ "event:*": "on", original: "{}" },
  }),
  rotateSecretAction: () => ({ id: "1" }),
  updateSessionLimitsAction: () => ({ sessionLifetime: "15 days", sessionIdle: "", original: "{}" }),
  updateSecondFactorPolicyAction: () => ({
    ...{ requireSecondFactor: "off", askAgainAbove: "", original: "{}" },
  }),
};

/** Two organizations move 8 credits, of which an owner wants to be asked above 7. One alone moves 4. */
const MOVES: Record<string, (chosen: number[]) => Record<string, string>> = {
  moveCreditsAction: (chosen) => ({
    move: "allocation",
    split: "each",
    amount: "4",
    ids: chosen.join(","),
    expected: "an older preview",
    requestId: requestId(),
  }),
  reverseBatchAction: () => ({ batch: String(ids.batch), expected: "", requestId: requestId() }),
};

it.each(Object.keys(MOVES))(
  "%s asks again where the sum of a batch is above the set amount",
  async (name) => {
    await lastConfirmed(6);
    const act = (chosen: number[]) =>
      owner.act(
        name.startsWith("move") ? "/organizations/bulk/credits?id=1" : `/batches/${ids.batch}/reverse`,
        actionId(name),
        MOVES[name]?.(chosen) ?? {},
      );
    expect((await act(ids.chosen)).text).toContain('"confirmation":{"by":"password"}');
    if (name === "moveCreditsAction") {
      expect((await act(ids.chosen.slice(0, 1))).text).not.toContain('"confirmation"');
    }
  },
);

async function lastConfirmed(minutesAgo: number): Promise<void> {
  await inDatabase(portal.directory, async () =>
    database()
      .update(portalSessions)
      .set({ confirmedAt: new Date(Date.now() - minutesAgo * 60_000) })
      .run(),
  );
}

it.each(Object.keys(FORMS))("%s asks again after five minutes", async (name) => {
  await lastConfirmed(6);
  const isOfWebhooks = name.includes("Endpoint") || name.includes("Secret");
  const portalPage = isOfWebhooks ? "/settings/notifications/endpoints/new" : "/settings/users";
  const page = name.includes("Key") ? "/api-keys/new" : portalPage;
  const answer = await owner.act(page, actionId(name), FORMS[name]?.() ?? {});
  expect(answer.text).toContain('"confirmation":{"by":"password"}');
  expect(answer.setCookies.filter((cookie) => cookie.includes("flash"))).toEqual([]);
});
