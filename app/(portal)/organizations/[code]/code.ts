import { notFound, redirect } from "next/navigation";
import { getOrganization, type OrganizationDetail } from "#lib/organizations/queries.ts";
import { codeKey } from "#lib/organizations/rules.ts";

/** The code as the URL carries it; a broken escape names no organization. */
export function decodeCode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

export function organizationPath(code: string): string {
  return `/organizations/${encodeURIComponent(code)}`;
}

/**
 * The organization of a page. A code that it had before redirects to `page` under its present code; not for good,
 * because an owner may bring the former code back. An unknown code is not found.
 */
export function organizationOfPage(
  code: string,
  page: (organizationPath: string) => string,
): OrganizationDetail {
  const organization = getOrganization(code);
  if (!organization) notFound();
  if (codeKey(organization.code) !== codeKey(code)) redirect(page(organizationPath(organization.code)));
  return organization;
}
