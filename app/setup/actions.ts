"use server";

import { z } from "zod";
import { publicFormAction } from "#app/action.ts";
import { finishFirstStep, signedInFor } from "#app/start-session.ts";
import type { FormState } from "#lib/form-state.ts";
import { setUpFirstOwner } from "#lib/portal-users/commands/setup.ts";
import { HOME, setupInput } from "#lib/portal-users/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsInput } from "#lib/settings/rules.ts";

export async function setupAction(_state: FormState, data: FormData): Promise<FormState> {
  const current = getSettings();
  return publicFormAction({
    input: z
      .record(z.string(), z.string())
      .transform((fields) => ({
        ...current,
        email: "",
        oneTimeCode: "",
        password: "",
        ...fields,
        enterpriseName: fields.enterpriseName || current.enterpriseName,
      }))
      .pipe(z.object({ ...setupInput.shape, ...settingsInput.shape })),
    data,
    run: async (input, address) => {
      const owner = await setUpFirstOwner(input, address);
      return owner.ok ? signedInFor(owner.value.id, address) : owner;
    },
    done: (signedIn) => finishFirstStep(signedIn, HOME),
  });
}
