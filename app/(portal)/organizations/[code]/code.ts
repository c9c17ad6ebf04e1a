import { forbidden, notFound, redirect } from "next/navigation";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { getOrganization, type OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";

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
 * The organization of a page, in the scope of the user. A code that it had before redirects to `page` under its present
 * code; not for good, because an owner may bring the former code back. An unknown code, or one outside the scope, is not
 * found.
 */
export function organizationOfPage(
  scope: Scope,
  code: string,
  page: (organizationPath: string) => string,
): OrganizationDetail {
  const organization = getOrganization(scope, code);
  if (!organization) notFound();
  if (codeKey(organization.code) !== codeKey(code)) redirect(page(organizationPath(organization.code)));
  return organization;
}

/** {@link organizationOfPage} of a page that changes the organization: forbidden to users who may only read it. */
export function managedOrganizationOfPage(
  scope: Scope,
  code: string,
  page: (organizationPath: string) => string,
): OrganizationDetail {
  const organization = organizationOfPage(scope, code, page);
  if (!manages(scope, organization.id)) forbidden();
  return organization;
}
