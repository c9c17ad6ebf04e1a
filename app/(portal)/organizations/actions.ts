"use server";

import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { changeChosen, changeView, finishStatusChange, idsOfStatus } from "#app/status-change.ts";
import { creditsText } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import {
  changeOrganizationsActive,
  createOrganization,
  updateOrganization,
} from "#lib/organizations/commands.ts";
import { organizationIds } from "#lib/organizations/queries.ts";
import {
  changeStatusInput,
  createOrganizationInput,
  updateOrganizationInput,
} from "#lib/organizations/rules.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";

export async function createOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: createOrganizationInput,
    data,
    run: createOrganization,
    done: ({ name, code, initialCredits: credits }) =>
      finishForm(
        data,
        {
          text: `${name} was created and is active${credits > 0n ? `, with ${creditsText(credits)}` : ""}.`,
          link: { href: `/organizations/${encodeURIComponent(code)}`, label: "Open" },
        },
        "/organizations",
      ),
  });
}

export async function updateOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "admin",
    input: updateOrganizationInput,
    data,
    run: updateOrganization,
    done: ({ name, code, changed }) =>
      finishEdit(data, changed, `${name} was saved.`, `/organizations/${encodeURIComponent(code)}/settings`),
  });
}

/** Changes the status of some organizations, or of all in a view. */
export async function changeStatusAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: changeStatusInput,
    data,
    run: async ({ to, ids, view, expected }, actor) => {
      const change = (chosen: number[]) => changeOrganizationsActive(chosen, to === "activate", actor);
      if (view === undefined) return changeChosen(ids, change);
      const whole = organizationsSearchParams.decode(new URLSearchParams(view));
      return changeView({ to, expected }, (status) => idsOfStatus(whole, status, organizationIds), change);
    },
    done: (outcome) => finishStatusChange(data, outcome, "organization", "organizations"),
  });
}
