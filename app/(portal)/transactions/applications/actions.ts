"use server";

import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { mergeApplicationsInput, updateApplicationInput } from "#lib/applications/rules.ts";
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

export async function mergeApplicationsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: mergeApplicationsInput,
    data,
    run: mergeApplications,
    done: ({ name, into }) =>
      finishForm(data, `${name} was merged into ${into}.`, "/transactions/applications"),
  });
}
