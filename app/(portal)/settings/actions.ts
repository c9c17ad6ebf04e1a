"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import type { FormState } from "#lib/form-state.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { settingsInput } from "#lib/settings/rules.ts";

export async function updateSettingsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: settingsInput,
    data,
    run: updateSettings,
    done: async () => {
      await setFlash("Settings were saved.");
      redirect("/settings");
    },
  });
}
