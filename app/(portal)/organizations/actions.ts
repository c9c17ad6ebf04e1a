"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { setFlash } from "#app/flash.ts";
import { creditsText, formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import {
  createOrganization,
  setOrganizationsActive,
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
    done: async (organization) => {
      const credits = organization.initialCredits;
      await setFlash(
        `${organization.name} was created and is active${credits > 0n ? `, with ${creditsText(credits)}` : ""}.`,
      );
      if (!data.has("dialog")) redirect("/organizations");
      revalidatePath("/organizations");
      return { finished: true };
    },
  });
}

export async function updateOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: updateOrganizationInput,
    data,
    run: updateOrganization,
    done: async (organization) => {
      await setFlash(`${organization.name} was saved.`);
      redirect(`/organizations/${encodeURIComponent(organization.code)}/settings`);
    },
  });
}

/** Changes the status of some organizations or of a whole view; goes `back` when the form names where that is. */
export async function changeStatusAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: changeStatusInput,
    data,
    run: async ({ to, ids, view }, actor) => {
      const chosen =
        view === undefined
          ? ids
          : organizationIds(organizationsSearchParams.decode(new URLSearchParams(view)));
      return setOrganizationsActive(chosen, to === "activate", actor);
    },
    done: ({ changed }) => {
      const done = data.get("to") === "activate" ? "activated" : "deactivated";
      return finishForm(
        data,
        `${formatCount(changed)} ${changed === 1 ? "organization was" : "organizations were"} ${done}.`,
      );
    },
  });
}
