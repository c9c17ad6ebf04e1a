"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { endOwnSessions } from "#lib/portal-users/commands/session-endings.ts";
import { currentSessionHash } from "#lib/portal-users/session.ts";
import { endSessionsInput } from "#lib/portal-users/session-rules.ts";
import { refused } from "#lib/result.ts";

export async function endSessionsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: endSessionsInput,
    data,
    run: async (input, actor) => {
      const present = await currentSessionHash();
      if (present === null) return refused("signed_out", "You are signed out.");
      return endOwnSessions(input, actor, present);
    },
    done: ({ ended }) => finishForm(data, endedWords(ended), "/account/sessions"),
  });
}

function endedWords(ended: number): string {
  if (ended === 0) return "Nothing was ended: no such session is active any more.";
  return ended === 1 ? "1 session was ended." : `${formatCount(ended)} sessions were ended.`;
}
