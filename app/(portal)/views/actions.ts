"use server";

import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import type { FormState } from "#lib/form-state.ts";
import { done } from "#lib/result.ts";
import { removeView, renameView, saveView, starView } from "#lib/saved-views/commands.ts";
import {
  removeViewInput,
  renameViewInput,
  saveViewInput,
  starViewInput,
} from "#lib/saved-views/rules/views.ts";

const PAGE = "/views";

/** Saves the address of a list under a name. */
export async function saveViewAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: saveViewInput,
    data,
    run: async (input, actor) => {
      const result = await saveView(input, actor);
      return result.ok ? done({ ...input, ...result.value }) : result;
    },
    done: ({ name, href, starred }) =>
      finishForm(data, `${name} was saved${starred ? " and is in the navigation" : ""}.`, href),
  });
}

export async function renameViewAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "grant",
    input: renameViewInput,
    data,
    run: renameView,
    done: ({ changed }) => finishEdit(data, changed, "The view was renamed.", PAGE),
  });
}

export async function removeViewAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: removeViewInput,
    data,
    run: ({ id }, actor) => removeView(id, actor),
    done: ({ name }) => finishForm(data, `The view ${name} was removed.`, PAGE),
  });
}

/** Puts a view into the user's navigation, or takes it out. */
export async function starViewAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: starViewInput,
    data,
    run: async ({ id, starred }, actor) => {
      const result = await starView(id, starred === "on", actor);
      return result.ok ? done({ ...result.value, starred }) : result;
    },
    done: ({ name, starred }) =>
      finishForm(data, `${name} is ${starred === "on" ? "now" : "no longer"} in the navigation.`, PAGE),
  });
}
