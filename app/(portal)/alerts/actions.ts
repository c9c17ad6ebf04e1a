"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { acknowledgeAlerts, muteRule } from "#lib/alerts/commands/inbox.ts";
import { acknowledgeInput, muteInput } from "#lib/alerts/rules/inputs.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { done } from "#lib/result.ts";

/** The form with the alerts that it is about in one field: the one whose button was pressed, or the selected ones. */
function withIds(data: FormData): FormData {
  if (!(data instanceof FormData)) return data;
  const only = data.get("only");
  const selected = only === null ? data.getAll("alert") : [only];
  data.set("ids", selected.filter((id) => typeof id === "string").join(","));
  return data;
}

/** Acknowledges one alert or the selected ones. The command checks which of them the user may. */
export async function acknowledgeAlertsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: acknowledgeInput,
    data: withIds(data),
    run: acknowledgeAlerts,
    done: ({ changed }) =>
      finishForm(
        data,
        changed === 0
          ? "Nothing was changed."
          : `${formatCount(changed)} ${changed === 1 ? "alert was" : "alerts were"} acknowledged.`,
      ),
  });
}

/** Hides the alerts of a rule from the user, or shows them again. */
export async function muteRuleAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: muteInput,
    data,
    run: async (input, actor) => {
      const result = await muteRule(input, actor);
      return result.ok ? done({ ...result.value, muted: input.muted }) : result;
    },
    done: ({ rule, muted }) =>
      finishForm(
        data,
        `Alerts of the rule “${rule}” are ${muted ? "hidden from you" : "shown to you again"}.`,
      ),
  });
}
