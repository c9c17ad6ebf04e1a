"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { busyRefusal } from "#app/busy-refusal.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#app/same-origin.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { issueTicket, signIn } from "#lib/portal-users/auth.ts";
import { redeemPortalUserLink } from "#lib/portal-users/commands.ts";
import { newPassword } from "#lib/portal-users/rules.ts";
import { clientAddress } from "#lib/request-context.ts";

export async function acceptInvitationAction(_state: FormState, data: FormData): Promise<FormState> {
  const { token = "", password = "" } = textFields(data);
  if (!isSameOrigin(await headers())) return { message: SENT_FROM_ELSEWHERE };
  const parsed = newPassword.safeParse(password);
  if (!parsed.success) return { errors: { password: parsed.error.issues[0]?.message ?? "" } };
  const address = clientAddress(await headers());
  const result = await redeemPortalUserLink({ token, password: parsed.data }, address).catch(busyRefusal);
  if (!result.ok) {
    return result.field ? { errors: { [result.field]: result.message } } : { message: result.message };
  }
  await signIn("ticket", { ticket: issueTicket(result.value.id), redirect: false });
  redirect("/organizations");
}
