"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import type { FormState } from "#lib/form-state.ts";
import { endSessionsOfUser } from "#lib/portal-users/commands/session-endings.ts";
import { endSessionsOfInput } from "#lib/portal-users/session-rules.ts";

export async function endSessionsOfAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: endSessionsOfInput,
    data,
    run: endSessionsOfUser,
    done: ({ email, ended }) => {
      const many = ended === 1 ? "1 session" : `${ended} sessions`;
      const message =
        ended === 0
          ? "Nothing was ended: no such session is active any more."
          : `${many} of ${email} ${ended === 1 ? "was" : "were"} ended.`;
      return finishForm(data, message, `/settings/users/${data.get("user")}/sessions`);
    },
  });
}
