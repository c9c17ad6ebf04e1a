"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { publicFormAction } from "#app/action.ts";
import { landingOfSession } from "#app/landing.ts";
import { browserToken, finishFirstStep, newBrowserToken } from "#app/start-session.ts";
import type { FormState } from "#lib/form-state.ts";
import { keepSession, ownOrigin } from "#lib/portal-users/auth.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { done } from "#lib/result.ts";
import { signInWithPasskey } from "#lib/second-factor/commands/second-step.ts";
import { requestOptions, siteOf } from "#lib/second-factor/passkeys.ts";
import { factorAnswerFields, passkeySignInBinding } from "#lib/second-factor/rules.ts";

const signInInput = z.object({
  email: z.string().default(""),
  password: z.string().default(""),
  callbackUrl: z.string().optional(),
});

export async function signInAction(_state: FormState, data: FormData): Promise<FormState> {
  return publicFormAction({
    input: signInInput,
    data,
    run: async ({ email, password, callbackUrl }, address) => {
      const signedIn = await signInWithPassword(email, password, address);
      return signedIn.ok ? { ok: true, value: { signedIn: signedIn.value, callbackUrl } } : signedIn;
    },
    done: async ({ signedIn, callbackUrl }) =>
      finishFirstStep(signedIn, safeReturnPath(callbackUrl, ownOrigin(await headers()))),
  });
}

/** Options for a sign-in by a passkey alone, bound to this browser by a cookie. */
export async function beginPasskeySignInAction(_state: FormState, data: FormData): Promise<FormState> {
  return publicFormAction({
    input: z.object({}),
    data,
    run: async () => {
      const site = siteOf(ownOrigin(await headers()));
      const boundTo = passkeySignInBinding(tokenHash(await newBrowserToken()));
      return done(await requestOptions({ site, allowed: null, boundTo }));
    },
    done: async (options) => ({ values: { options } }),
  });
}

export async function passkeySignInAction(_state: FormState, data: FormData): Promise<FormState> {
  return publicFormAction({
    input: z.object({ passkey: factorAnswerFields.passkey, callbackUrl: z.string().optional() }),
    data,
    run: async ({ passkey, callbackUrl }, address) => {
      const site = siteOf(ownOrigin(await headers()));
      const boundTo = passkeySignInBinding(tokenHash((await browserToken()) ?? ""));
      const signedIn = await signInWithPasskey(passkey, { site, boundTo }, address);
      return signedIn.ok ? done({ ...signedIn.value, callbackUrl }) : signedIn;
    },
    done: async ({ sessionId, callbackUrl }) => {
      await keepSession(sessionId);
      redirect(landingOfSession(sessionId, safeReturnPath(callbackUrl, ownOrigin(await headers()))));
    },
  });
}
