import { headers } from "next/headers";
import type { Actor } from "#lib/actor.ts";
import { type Confirmation, type FormState, textFields } from "#lib/form-state.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { currentSessionId } from "#lib/portal-users/session.ts";
import type { FactorAnswer } from "#lib/second-factor/commands/check.ts";
import { confirmationKindOf, confirmSession } from "#lib/second-factor/commands/confirm.ts";
import { requestOptions, siteOf } from "#lib/second-factor/passkeys.ts";
import { authenticatorAppOf, confirmedAtOf, passkeysOf } from "#lib/second-factor/queries.ts";
import { asksAgain, confirmationBinding } from "#lib/second-factor/rules.ts";

/** Fields that answer a {@link Confirmation}, by the field that a refusal names. None is sent back to its form. */
const FIELDS = { code: "confirmCode", passkey: "confirmPasskey", password: "confirmPassword" } as const;

async function questionFor(userId: number, sessionHash: string): Promise<Confirmation> {
  const by = confirmationKindOf(userId);
  if (by === "password") return { by };
  if (by === "single_sign_on") {
    return { by, href: "/sign-in/single-sign-on?confirm=yes&callbackUrl=%2Faccount" };
  }
  const site = siteOf(ownOrigin(await headers()));
  const here = passkeysOf(userId).filter(({ relyingParty }) => relyingParty === site.relyingParty);
  const passkeyOptions =
    here.length === 0
      ? null
      : await requestOptions({ site, allowed: here, boundTo: confirmationBinding(sessionHash) });
  return { by, passkeyOptions, hasApp: authenticatorAppOf(userId)?.confirmedAt != null };
}

async function answerIn(
  fields: Record<string, string>,
  sessionHash: string,
): Promise<FactorAnswer | { password: string } | null> {
  const { confirmPasskey: passkey, confirmCode: code, confirmPassword: password } = fields;
  if (passkey) {
    const site = siteOf(ownOrigin(await headers()));
    return { passkey, site, boundTo: confirmationBinding(sessionHash) };
  }
  if (code?.trim()) return { code };
  return password ? { password } : null;
}

/**
 * Makes sure that this person has proved in the last five minutes who they are. The form may carry the answer to the
 * question of an earlier try. @returns the question to put above the form, or null when the action may go on.
 */
export async function askToConfirm(
  actor: Actor & { kind: "portal_user" },
  data: FormData,
): Promise<FormState | null> {
  const sessionId = await currentSessionId();
  if (sessionId === null) return { message: "You are signed out." };
  const sessionHash = tokenHash(sessionId);
  const confirmedAt = confirmedAtOf(sessionHash);
  if (confirmedAt && !asksAgain(confirmedAt, new Date())) return null;
  const answer = await answerIn(textFields(data), sessionHash);
  const result = answer && (await confirmSession(actor, sessionId, answer));
  if (result?.ok) return null;
  const confirmation = await questionFor(actor.id, sessionHash);
  if (!result) return { confirmation };
  const field = result.field && result.field in FIELDS ? FIELDS[result.field as keyof typeof FIELDS] : null;
  return field
    ? { confirmation, errors: { [field]: result.message } }
    : { confirmation, message: result.message };
}
