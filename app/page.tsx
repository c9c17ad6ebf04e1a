import { redirect } from "next/navigation";
import { HOME } from "#lib/portal-users/rules.ts";
import { currentUser } from "#lib/portal-users/session.ts";
import { landing } from "./landing.ts";

export default async function Home(): Promise<never> {
  const user = await currentUser();
  redirect(user ? landing(user.scope) : HOME);
}
