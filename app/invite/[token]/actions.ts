"use server";

import { z } from "zod";
import { publicFormAction } from "#app/action.ts";
import { finishFirstStep, signedInFor } from "#app/start-session.ts";
import type { FormState } from "#lib/form-state.ts";
import { redeemPortalUserLink } from "#lib/portal-users/commands/passwords.ts";
import { HOME, newPassword } from "#lib/portal-users/rules.ts";

const invitationInput = z.object({
  token: z.string().default(""),
  password: z.string().default("").pipe(newPassword),
});

export async function acceptInvitationAction(_state: FormState, data: FormData): Promise<FormState> {
  return publicFormAction({
    input: invitationInput,
    data,
    run: async (input, address) => {
      const user = await redeemPortalUserLink(input, address);
      return user.ok ? signedInFor(user.value.id, address) : user;
    },
    done: (signedIn) => finishFirstStep(signedIn, HOME),
  });
}
