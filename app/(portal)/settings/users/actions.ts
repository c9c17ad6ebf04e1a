"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import { emailAddress } from "#lib/email.ts";
import type { FormState } from "#lib/form-state.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import {
  createPortalUser,
  resetPortalUser,
  setPortalUserDisabled,
  setPortalUserRole,
} from "#lib/portal-users/commands.ts";
import { role } from "#lib/portal-users/rules.ts";

const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "Unknown portal user.")
  .transform(Number);

/** The whole address of a one-time link, as it can be sent to somebody. */
async function linkAddress(path: string): Promise<string> {
  return `${ownOrigin(await headers())}${path}`;
}

async function showLink({ email, link }: { email: string; link: string | null }): Promise<FormState> {
  // The list beside the form shows whom it now holds.
  revalidatePath("/settings/users");
  return { finished: true, values: { email, link: link ? await linkAddress(link) : "" } };
}

export async function inviteAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ email: emailAddress, role }),
    data,
    run: createPortalUser,
    done: showLink,
  });
}

export async function newLinkAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ email: emailAddress }),
    data,
    run: resetPortalUser,
    done: showLink,
  });
}

export async function setRoleAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ id, role }),
    data,
    run: setPortalUserRole,
    done: async () => {
      await setFlash("The role was changed. That person's sessions have ended.");
      redirect("/settings/users");
    },
  });
}

export async function setDisabledAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ id, disabled: z.enum(["true", "false"]).transform((text) => text === "true") }),
    data,
    run: setPortalUserDisabled,
    done: async () => {
      await setFlash(
        data.get("disabled") === "true"
          ? "The account was disabled. Its sessions have ended."
          : "The account was enabled.",
      );
      redirect("/settings/users");
    },
  });
}
