"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { formatCount } from "#lib/credits.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { removeTag, renameTag } from "#lib/organizations/commands/tags.ts";
import { removeTagInput, renameTagInput } from "#lib/organizations/rules.ts";
import { done } from "#lib/result.ts";

const PAGE = "/settings/tags";

const count = (organizations: number) =>
  `${formatCount(organizations)} ${organizations === 1 ? "organization" : "organizations"}`;

/** Renames a tag of all organizations. Before it merges it with a tag that exists, it asks. */
export async function renameTagAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: renameTagInput,
    data,
    run: async (input, actor) => {
      const result = await renameTag(input, actor);
      return result.ok ? done({ ...input, outcome: result.value }) : result;
    },
    done: async ({ tag, to, outcome }) => {
      if ("question" in outcome) {
        return { question: outcome.question, values: { ...textFields(data), to } };
      }
      const { organizations, merged } = outcome;
      return finishForm(
        data,
        `${tag} was ${merged ? "merged into" : "renamed to"} ${to} in ${count(organizations)}.`,
        PAGE,
      );
    },
  });
}

/** Removes a tag from all organizations. */
export async function removeTagAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: removeTagInput,
    data,
    run: async (input, actor) => {
      const result = await removeTag(input, actor);
      return result.ok ? done({ ...input, ...result.value }) : result;
    },
    done: ({ tag, organizations }) =>
      finishForm(data, `${tag} was removed from ${count(organizations)}.`, PAGE),
  });
}
