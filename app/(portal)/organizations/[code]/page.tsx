import type { Metadata } from "next";
import { ChangeList } from "#components/audit/change-list.tsx";
import { OrganizationFigures } from "#components/organizations/organization-figures.tsx";
import { RefusedToday } from "#components/refusals/refused-today.tsx";
import { SectionHeading } from "#components/ui/section-heading.tsx";
import { snapshot } from "#db/statement.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { auditHref, auditSearchParams } from "#lib/audit/search-params.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason } from "#lib/refusals/queries/list.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { organizationFigures } from "#lib/transactions/figures.ts";
import { decodeCode, organizationOfPage, organizationPath } from "./code.ts";
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
  const { organization, figures, changes, refusedToday } = snapshot(() => {
    const organization = organizationOfPage(user.scope, code, (path) => path);
    return {
      organization,
      figures: organizationFigures(user.scope, organization, today),
      changes: changesOf({ kind: "organization", id: organization.id }, CHANGES, user),
      refusedToday: countByReason(
        refusalFilter(
          user.scope,
          { ...refusalsSearchParams.defaults, organization: organization.code, from: today },
          calendar.timeZone,
        ),
      ),
    };
  });
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="overview" />
      <RefusedToday
        reasons={refusedToday}
        // "Add credits" is above, and the list of refusals has the remedy of each member.
        rights={null}
        href={refusalsHref(
          { ...refusalsSearchParams.defaults, from: today },
          {},
          `${organizationPath(organization.code)}/refusals`,
        )}
        back={organizationPath(organization.code)}
      />
      <OrganizationFigures
        organization={organization}
        figures={figures}
        money={moneyByType()}
        href={organizationPath(organization.code)}
        calendar={calendar}
        today={today}
      />
      <OrganizationActivity organization={organization} figures={figures} settings={calendar} today={today} />
      <SectionHeading
        title="Changes"
        more={{
          href: auditHref(auditSearchParams.defaults, { q: organization.code, kind: "organization" }),
          label: "All in Audit",
        }}
      />
      <ChangeList items={changes} calendar={calendar} />
    </>
  );
}
