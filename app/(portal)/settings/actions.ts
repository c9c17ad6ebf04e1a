"use server";

import { editAction } from "#app/action.ts";
import { finishEdit } from "#app/finish.ts";
import type { FormState } from "#lib/form-state.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { sessionLimitsInput } from "#lib/portal-users/session-rules.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { settingsInput } from "#lib/settings/rules.ts";

export async function updateSettingsAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: settingsInput,
    data,
    run: updateSettings,
    done: ({ changed }) => finishEdit(data, changed, "Settings were saved.", "/settings"),
  });
}

export async function updateSessionLimitsAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: sessionLimitsInput,
    data,
    run: updateSessionLimits,
    done: ({ changed }) => finishEdit(data, changed, "The limits of sessions were saved.", "/settings"),
  });
}
