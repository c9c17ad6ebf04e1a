"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { publicFormAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import { landingOfSession } from "#app/landing.ts";
import { finishSecondStepIn, pendingToken } from "#app/start-session.ts";
import type { FormState } from "#lib/form-state.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { done } from "#lib/result.ts";
import { finishSecondStep } from "#lib/second-factor/commands/second-step.ts";
import { siteOf } from "#lib/second-factor/passkeys.ts";
import {
  factorAnswerFields,
  recoveryCodesLeftText,
  requireAnswer,
  secondStepBinding,
} from "#lib/second-factor/rules.ts";

const secondStepInput = z
  .object({ ...factorAnswerFields, callbackUrl: z.string().optional() })
  .superRefine(requireAnswer);

export async function finishSecondStepAction(_state: FormState, data: FormData): Promise<FormState> {
  return publicFormAction({
    input: secondStepInput,
    data,
    // A recovery code that was refused may be one that still works.
    secretFields: ["code"],
    run: async (input, address) => {
      const token = (await pendingToken()) ?? "";
      const site = siteOf(ownOrigin(await headers()));
      const answer =
        input.passkey !== ""
          ? { passkey: input.passkey, site, boundTo: secondStepBinding(tokenHash(token)) }
          : { code: input.code };
      const step = await finishSecondStep(token, answer, address);
      return step.ok ? done({ ...step.value, callbackUrl: input.callbackUrl }) : step;
    },
    done: async ({ sessionId, codesLeft, callbackUrl }) => {
      await finishSecondStepIn(sessionId);
      if (codesLeft !== null) {
        await setFlash({
          text: recoveryCodesLeftText(codesLeft),
          link: { href: "/account", label: "Open your account" },
        });
      }
      redirect(landingOfSession(sessionId, safeReturnPath(callbackUrl, ownOrigin(await headers()))));
    },
  });
}
