import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { connection } from "next/server";
import { SetupForm } from "#components/portal-users/credentials-forms.tsx";
import { FrontPage } from "#components/portal-users/front-page.tsx";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { timeZones } from "#lib/time.ts";
import { setupAction } from "./actions.ts";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage() {
  await connection();
  if (hasOwner() || !passwordsAllowed()) redirect("/sign-in");
  return (
    <FrontPage title="Set up the portal" intro="Create the first account. It will be the owner.">
      <SetupForm timeZones={timeZones()} action={setupAction} />
    </FrontPage>
  );
}
