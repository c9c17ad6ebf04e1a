import type { Metadata } from "next";
import Link from "next/link";
import { AuditList } from "#components/audit/audit-list.tsx";
import { OrganizationFigures } from "#components/organizations/organization-figures.tsx";
import { snapshot } from "#db/statement.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { auditHref, auditSearchParams } from "#lib/audit/search-params.ts";
import { getOrganization } from "#lib/organizations/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { organizationFigures } from "#lib/transactions/figures.ts";
import { decodeCode, organizationOfPage, organizationPath } from "./code.ts";
import { CreditButtons } from "./credits/buttons.tsx";
import { OrganizationActivity } from "./overview.tsx";
import { OrganizationPageTop } from "./page-top.tsx";

type Props = { params: Promise<{ code: string }> };

const CHANGES = 8;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(organizationPath(code), "grant");
  return { title: getOrganization(scope, code)?.name ?? "Organization not found" };
}

export default async function OrganizationPage({ params }: Props) {
  const code = decodeCode((await params).code);
  const user = await requireUser(organizationPath(code), "grant");
  const calendar = getSettings();
  const today = dayOf(new Date(), calendar.timeZone);
  const { organization, figures, changes } = snapshot(() => {
    const organization = organizationOfPage(user.scope, code, (path) => path);
    return {
      organization,
      figures: organizationFigures(user.scope, organization, today),
      changes: changesOf({ kind: "organization", id: organization.id }, CHANGES, user),
    };
  });
  return (
    <>
      <OrganizationPageTop
        user={user}
        organization={organization}
        tab="overview"
        actions={<CreditButtons scope={user.scope} organization={organization} />}
      />
      <OrganizationFigures organization={organization} calendar={calendar} />
      <OrganizationActivity organization={organization} figures={figures} settings={calendar} today={today} />
      <div className="mt-8 mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-base font-semibold">Changes</h2>
        <Link
          href={auditHref(auditSearchParams.defaults, { q: organization.code, kind: "organization" })}
          prefetch={false}
          className="rounded-sm text-[0.8125rem] text-accent hover:underline"
        >
          All in Audit
        </Link>
      </div>
      <AuditList items={changes} limit={CHANGES} calendar={calendar} />
    </>
  );
}
