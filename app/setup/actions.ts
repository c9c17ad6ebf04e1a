"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { type FormState, textFields } from "#lib/form-state.ts";
import { clientAddress, issueTicket, signIn } from "#lib/portal-users/auth.ts";
import { setUpFirstOwner } from "#lib/portal-users/commands.ts";
import { setupInput } from "#lib/portal-users/rules.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsInput } from "#lib/settings/rules.ts";

export async function setupAction(_state: FormState, data: FormData): Promise<FormState> {
  const { password, ...values } = textFields(data);
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
  const { email, ...rest } = input.data;
  const address = clientAddress(await headers());
  const owner = await setUpFirstOwner({ ...rest, email }, address);
  if (!owner.ok) return { values, errors: { oneTimeCode: owner.message } };
  const { id } = owner.value;
  await updateSettings(
    { enterpriseName: rest.enterpriseName, timeZone: rest.timeZone, dateFormat: rest.dateFormat },
    { kind: "portal_user", id, email, role: "owner", address },
  );
  await signIn("ticket", { ticket: issueTicket(id), redirect: false });
  redirect("/organizations");
}
