"use server";

import { editAction } from "#app/action.ts";
import { finishEdit } from "#app/finish.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import { updateApplicationInput } from "#lib/applications/rules.ts";
import type { FormState } from "#lib/form-state.ts";

export async function updateApplicationAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "admin",
    input: updateApplicationInput,
    data,
    run: updateApplication,
    done: ({ name, changed }) =>
      finishEdit(data, changed, `${name} was saved.`, "/transactions/applications"),
  });
}
