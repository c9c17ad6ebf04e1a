"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { z } from "zod";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { emailAddress } from "#lib/email.ts";
import { rowId } from "#lib/fields.ts";
import type { FormState } from "#lib/form-state.ts";
import { grantScopes } from "#lib/grants/rules.ts";
import { type LinkPurpose, mailOneTimeLink } from "#lib/mail/one-time-link.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import {
  createPortalUser,
  setPortalUserDisabled,
  setPortalUserRole,
} from "#lib/portal-users/commands/accounts.ts";
import { resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { enterpriseRole, role } from "#lib/portal-users/rules.ts";
import { resetSecondFactor } from "#lib/second-factor/commands/manage.ts";

const id = rowId("Unknown portal user.");

/** The whole address of a one-time link, as it can be sent to somebody. */
async function linkAddress(path: string): Promise<string> {
  return `${ownOrigin(await headers())}${path}`;
}

/** Shows a one-time link once, and sends it to the person where mail is configured. */
const showLink =
  (purpose: LinkPurpose) =>
  async ({ email, link: path }: { email: string; link: string | null }): Promise<FormState> => {
    // The list beside the form shows the new account.
    revalidatePath("/settings/users");
    const link = path ? await linkAddress(path) : "";
    const outcome = link ? await mailOneTimeLink(email, purpose, link) : null;
    const mailed = outcome === null ? "" : outcome.ok ? "yes" : outcome.message;
    return { finished: true, values: { email, link, mailed } };
  };

export async function inviteAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ email: emailAddress, role, scopes: grantScopes }),
    data,
    confirms: () => true,
    run: createPortalUser,
    done: showLink("invitation"),
  });
}

export async function newLinkAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ email: emailAddress }),
    data,
    confirms: () => true,
    run: resetPortalUser,
    done: showLink("password"),
  });
}

export async function setRoleAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: z.object({ id, role: enterpriseRole }),
    data,
    confirms: () => true,
    run: setPortalUserRole,
    done: ({ email, changed }) =>
      finishEdit(data, changed, `The role of ${email} was changed, and their sessions have ended.`),
  });
}

export async function resetSecondFactorAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ email: emailAddress }),
    data,
    confirms: () => true,
    run: resetSecondFactor,
    done: ({ email }) =>
      finishForm(data, `The second factors of ${email} were removed. Their sessions have ended.`),
  });
}

export async function setDisabledAction(_state: FormState, data: FormData): Promise<FormState> {
  const disabled = z.enum(["true", "false"]).transform((text) => text === "true");
  return formAction({
    role: "owner",
    input: z.object({ id, disabled }),
    data,
    // Enabling an account gives it its rights back.
    confirms: (input) => !input.disabled,
    run: setPortalUserDisabled,
    done: ({ email, changed }) => {
      const status = data.get("disabled") === "true" ? "disabled" : "enabled";
      if (!changed) return finishForm(data, `${email} was ${status} already.`);
      const ended = status === "disabled" ? " Their sessions have ended." : "";
      return finishForm(data, `${email} was ${status}.${ended}`);
    },
  });
}
