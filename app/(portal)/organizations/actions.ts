"use server";

import { randomUUID } from "node:crypto";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm, withUndo } from "#app/finish.ts";
import { changeChosen, changeView, finishStatusChange, rowsOfView } from "#app/status-change.ts";
import { runBatch } from "#lib/batches/thread.ts";
import { tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { creditsText, formatCount } from "#lib/credits.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { organizationIds } from "#lib/organizations/queries/list.ts";
import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import {
  changeStatusInput,
  changeTagsInput,
  createOrganizationInput,
  updateOrganizationInput,
} from "#lib/organizations/rules.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { idsChangedByTags } from "#lib/organizations/tag-queries.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";
import { type ViewChange, viewChange } from "#lib/status-change.ts";
import { tagsText } from "#lib/tags.ts";

export async function createOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: createOrganizationInput,
    data,
    confirms: ({ initialCredits }) => asksForMove(initialCredits ?? 0n),
    run: createOrganization,
    done: ({ name, code, initialCredits: credits, sameName }) =>
      finishForm(
        data,
        {
          text:
            `${name} was created and is active${credits > 0n ? `, with ${creditsText(credits)}` : ""}.` +
            (sameName === null ? "" : ` ${sameName} has the same name.`),
          link: { href: `/organizations/${encodeURIComponent(code)}`, label: "Open" },
        },
        data.has("back") ? null : "/organizations",
      ),
  });
}

export async function updateOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "organization_admin",
    input: updateOrganizationInput,
    data,
    run: updateOrganization,
    done: ({ name, code, changed }) =>
      finishEdit(data, changed, `${name} was saved.`, `/organizations/${encodeURIComponent(code)}/settings`),
  });
}

/** Adds tags to some organizations or all in a view, or removes them, once the question about it has been answered. */
export async function changeTagsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: changeTagsInput,
    data,
    run: async ({ to, tags, ids, view, expected }, actor): Promise<Result<TagsOutcome>> => {
      const chosen =
        view === undefined
          ? organizationsByIds(actor.scope, ids).map(({ id }) => id)
          : organizationIds(actor.scope, organizationsSearchParams.decode(new URLSearchParams(view)));
      if (chosen.length > BATCH_MAX) return tooMany();
      const changing = idsChangedByTags(chosen, { to, tags });
      if (changing.length === 0) {
        return refused("nothing_to_change", nothingToChange(to, tags, chosen.length), "tags");
      }
      const question = viewChange(changing, chosen.length);
      // The answer names the change too: other tags are another question.
      const answer = `${question.expected} ${to} ${tagsText(tags)}`;
      if (answer !== expected) return done({ question: { ...question, expected: answer } });
      const result = await runBatch(
        "changeOrganizationsTags",
        changing.length,
        changing,
        { to, tags },
        actor,
        randomUUID(),
      );
      return result.ok ? done({ ...result.value, to, tags }) : result;
    },
    done: async (outcome) => {
      if ("question" in outcome) return { question: outcome.question, values: textFields(data) };
      const { changed, batch, to, tags } = outcome;
      const organizations = changed === 1 ? "1 organization" : `${formatCount(changed)} organizations`;
      const verb = tags.length === 1 ? "was" : "were";
      const text = `${tags.join(" ")} ${verb} ${to === "add" ? "added to" : "removed from"} ${organizations}.`;
      return finishForm(data, withUndo(data, text, batch));
    },
  });
}

type TagsOutcome =
  | { question: ViewChange }
  | { changed: number; batch: number | null; to: "add" | "remove"; tags: readonly string[] };

function nothingToChange(to: "add" | "remove", tags: readonly string[], total: number): string {
  const [it, all] = tags.length === 1 ? ["it", "this tag"] : ["them", "these tags"];
  if (total === 0) return "Nothing changed: this view is empty now.";
  if (to === "add") return `Nothing to change: ${total === 1 ? "it has" : "all have"} ${all} already.`;
  return `Nothing to change: none of the organizations has ${it}.`;
}

/** Changes the status of some organizations, or of all in a view. */
export async function changeStatusAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: changeStatusInput,
    data,
    run: async ({ to, ids, view, expected }, actor) => {
      // A single one is changed back by its own button.
      const change = (chosen: readonly number[]) =>
        runBatch(
          "changeOrganizationsActive",
          chosen.length,
          chosen,
          to === "activate",
          actor,
          chosen.length > 1 ? randomUUID() : null,
        );
      if (view === undefined) return changeChosen(ids, change);
      const idsOf = (some: OrganizationsView) => organizationIds(actor.scope, some);
      const whole = organizationsSearchParams.decode(new URLSearchParams(view));
      return changeView({ to, expected }, rowsOfView(whole, to, idsOf), change);
    },
    done: (outcome) => finishStatusChange(data, outcome, "organization", "organizations"),
  });
}
