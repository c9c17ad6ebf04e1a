"use server";

import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import type { FormState } from "#lib/form-state.ts";
import { addGrants, grantOnOrganization, removeGrant } from "#lib/grants/commands.ts";
import { addGrantsInput, grantOnOrganizationInput, removeGrantInput } from "#lib/grants/rules.ts";

const accessMessage = ({ email, changed }: { email: string; changed: number }) =>
  changed === 0 ? `${email} has this access already.` : `${email} has access now.`;

export async function addGrantsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: addGrantsInput,
    data,
    confirms: () => true,
    run: addGrants,
    done: (result) => finishForm(data, accessMessage(result)),
  });
}

/** For the settings of an organization: the command decides whether the user manages it. */
export async function grantOnOrganizationAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: grantOnOrganizationInput,
    data,
    confirms: () => true,
    run: grantOnOrganization,
    done: (result) => finishForm(data, accessMessage(result)),
  });
}

export async function removeGrantAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: removeGrantInput,
    data,
    confirms: () => true,
    run: removeGrant,
    done: ({ email }) => finishForm(data, `The access of ${email} was removed.`),
  });
}
