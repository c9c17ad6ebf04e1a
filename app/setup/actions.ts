"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { busyRefusal } from "#app/busy-refusal.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#app/same-origin.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { issueTicket, signIn } from "#lib/portal-users/auth.ts";
import { setUpFirstOwner } from "#lib/portal-users/commands.ts";
import { setupInput } from "#lib/portal-users/rules.ts";
import { clientAddress } from "#lib/request-context.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsInput } from "#lib/settings/rules.ts";

export async function setupAction(_state: FormState, data: FormData): Promise<FormState> {
  const { password, ...values } = textFields(data);
  if (!isSameOrigin(await headers())) return { values, message: SENT_FROM_ELSEWHERE };
  const current = getSettings();
  const input = z.object({ ...setupInput.shape, ...settingsInput.shape }).safeParse({
    ...current,
    ...values,
    password: password ?? "",
    enterpriseName: values.enterpriseName || current.enterpriseName,
  });
  if (!input.success) {
    const errors: Record<string, string> = {};
    for (const issue of input.error.issues) errors[String(issue.path[0])] ??= issue.message;
    return { values, errors };
  }
  const owner = await setUpFirstOwner(input.data, clientAddress(await headers())).catch(busyRefusal);
  if (!owner.ok) {
    return owner.field
      ? { values, errors: { [owner.field]: owner.message } }
      : { values, message: owner.message };
  }
  await signIn("ticket", { ticket: issueTicket(owner.value.id), redirect: false });
  redirect("/organizations");
}
