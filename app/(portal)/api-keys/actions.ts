"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { organizationMeant } from "#app/(portal)/transactions/suggestions.ts";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { createApiKey, type NewApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { createApiKeyInput, revokeApiKeyInput } from "#lib/api-keys/rules.ts";
import type { FormState } from "#lib/form-state.ts";
import { firstActiveMember } from "#lib/members/queries/memberships.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { done, type Result, refused } from "#lib/result.ts";

/** The form names an organization by its code. */
const input = z.object({
  scope: z.enum(["organization", "enterprise"], "Choose what the key is for."),
  organization: z.string().default(""),
  name: createApiKeyInput.shape.name,
  expires: createApiKeyInput.shape.expires,
  requestId: createApiKeyInput.shape.requestId.unwrap(),
});

/** A new key with the email of a member for its quick start. */
function withMember<Field extends string>(created: Result<NewApiKey, Field>, member: string | null = null) {
  return created.ok ? done({ ...created.value, member }) : created;
}

/** Answers with the key itself, which nothing else contains. */
export async function createApiKeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input,
    data,
    confirms: ({ scope }) => scope === "enterprise",
    run: async ({ scope, organization: code, ...rest }, actor) => {
      if (scope === "enterprise")
        return withMember(await createApiKey({ ...rest, organization: null }, actor));
      const organization = getOrganization(actor.scope, organizationMeant(actor.scope, code));
      if (organization) {
        const created = await createApiKey({ ...rest, organization: organization.id }, actor);
        return withMember(created, firstActiveMember(actor.scope, organization.id));
      }
      const message =
        code.trim() === ""
          ? "Enter the code of an organization."
          : `There is no organization with the code ${code.trim().slice(0, 100)}.`;
      return refused("organization_not_found", message, "organization");
    },
    done: async ({ id, name, key, organization, member }) => {
      revalidatePath("/api-keys");
      const start = { organization: organization?.code ?? "", member: member ?? "" };
      return { finished: true, values: { id: String(id), name, key, ...start } };
    },
  });
}

export async function revokeApiKeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: revokeApiKeyInput,
    data,
    run: revokeApiKey,
    done: ({ name, prefix }) => finishForm(data, `${name} (${prefix}…) was revoked. It no longer works.`),
  });
}
