"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { type FormState, textFields } from "#lib/form-state.ts";
import { clientAddress, issueTicket, signIn } from "#lib/portal-users/auth.ts";
import { redeemPortalUserLink } from "#lib/portal-users/commands.ts";
import { userOfLink } from "#lib/portal-users/queries.ts";
import { newPassword } from "#lib/portal-users/rules.ts";

export async function acceptInvitationAction(_state: FormState, data: FormData): Promise<FormState> {
  const { token = "", password = "" } = textFields(data);
  const parsed = newPassword.safeParse(password);
  if (!parsed.success) return { errors: { password: parsed.error.issues[0]?.message ?? "" } };
  // Looked at first, so that a made-up link costs no hash.
  if (!userOfLink(token))
    return { message: "This link was used already or has expired. Ask an owner for a new one." };
  const result = await redeemPortalUserLink({ token, password: parsed.data }, clientAddress(await headers()));
  if (!result.ok) return { message: result.message };
  await signIn("ticket", { ticket: issueTicket(result.value.id), redirect: false });
  redirect("/organizations");
}
