"use server";

import { editAction } from "#app/action.ts";
import { finishEdit } from "#app/finish.ts";
import type { FormState } from "#lib/form-state.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { sessionLimits } from "#lib/portal-users/session-queries.ts";
import { areLooserLimits, limitsOf, sessionLimitsInput } from "#lib/portal-users/session-rules.ts";
import { updateRefusalRetention } from "#lib/refusals/commands/retention.ts";
import { retentionInput } from "#lib/refusals/rules.ts";
import { updateSecondFactorPolicy } from "#lib/second-factor/commands/policy.ts";
import { secondFactorPolicy } from "#lib/second-factor/queries.ts";
import { isLooserPolicy, secondFactorPolicyInput } from "#lib/second-factor/rules.ts";
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
    confirms: (input) => areLooserLimits(sessionLimits(), limitsOf(input)),
    run: updateSessionLimits,
    done: ({ changed }) =>
      finishEdit(data, changed, "The limits of sessions were saved.", "/settings/security"),
  });
}

export async function updateRefusalRetentionAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: retentionInput,
    data,
    run: updateRefusalRetention,
    done: ({ changed }) => finishEdit(data, changed, "How long refusals are kept was saved.", "/settings"),
  });
}

export async function updateSecondFactorPolicyAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: secondFactorPolicyInput,
    data,
    confirms: (policy) => isLooserPolicy(secondFactorPolicy(), policy),
    run: updateSecondFactorPolicy,
    done: ({ changed }) =>
      finishEdit(data, changed, "The rules for second factors were saved.", "/settings/security"),
  });
}
