import { cookies } from "next/headers";
import { cookieName } from "#lib/config.ts";
import { lookQuery, organizationsSearchParams } from "#lib/organizations/search-params.ts";

/** The cookie that remembers how the list of organizations looks; the page's script writes it. */
export const lookCookie = () => cookieName("bursar-organizations");

/** The address of the list in the look that this browser chose last. */
export async function rememberedOrganizationsHref(): Promise<string> {
  const value = (await cookies()).get(lookCookie())?.value ?? "";
  return `/organizations${lookQuery(organizationsSearchParams.decode(new URLSearchParams(value)))}`;
}
