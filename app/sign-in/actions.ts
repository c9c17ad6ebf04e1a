"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { publicFormAction } from "#app/action.ts";
import type { FormState } from "#lib/form-state.ts";
import { keepSession, ownOrigin } from "#lib/portal-users/auth.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";

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
      const session = await signInWithPassword(email, password, address);
      return session.ok ? { ok: true, value: { sessionId: session.value, callbackUrl } } : session;
    },
    done: async ({ sessionId, callbackUrl }) => {
      await keepSession(sessionId);
      redirect(safeReturnPath(callbackUrl, ownOrigin(await headers())));
    },
  });
}
