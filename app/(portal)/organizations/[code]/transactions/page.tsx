import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { TransactionsBody } from "#app/(portal)/transactions/body.tsx";
import { canonicalHref } from "#app/(portal)/transactions/canonical.ts";
import { PrintedTransactions } from "#app/(portal)/transactions/printed.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { ExportLinks } from "#components/ui/export-links.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, printHref } from "#lib/print.ts";
import { type RawSearchParams, withIsoDays } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../code.ts";
import { OrganizationPageTop } from "../page-top.tsx";

type Props = { params: Promise<{ code: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/transactions`, "grant");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, transactions` };
}

export default async function OrganizationTransactionsPage({ params, searchParams }: Props) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, getSettings().dateFormat);
  // The page is of one organization, which has one credit type.
  const view = { ...transactionsSearchParams.decode(isoParams), organization: "", type: null };
  const { before, after } = view;
  const here = `${organizationPath(code)}/transactions`;
  const address = (path: string) => {
    const href = transactionsHref(view, { before, after }, path);
    return isPrint(raw) ? printHref(href) : href;
  };
  const user = await requireUser(address(here), "grant");
  const organization = organizationOfPage(user.scope, code, (path) => address(`${path}/transactions`));
  const elsewhere = await canonicalHref(user.scope, raw, view, here);
  if (elsewhere !== null) redirect(elsewhere);
  const settings = getSettings();
  const misread = transactionsSearchParams.misread(isoParams);
  if (isPrint(raw)) {
    const frame = { settings, back: transactionsHref(view, { before, after }, here), misread };
    return <PrintedTransactions scope={user.scope} view={view} within={organization} frame={frame} />;
  }
  const exportHref = transactionsHref(view, { organization: organization.code }, "/transactions/export");
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="transactions" />
      <MisreadNote misread={misread} />
      <TransactionsBody
        scope={user.scope}
        view={view}
        path={`${organizationPath(organization.code)}/transactions`}
        within={organization}
        settings={settings}
        today={dayOf(new Date(), settings.timeZone)}
        exportHref={exportHref}
        actions={
          <>
            <SoftLink
              href={`${organizationPath(organization.code)}/statement`}
              className={buttonClass({ size: "sm" })}
            >
              Statement
            </SoftLink>
            <ExportLinks
              href={exportHref}
              format="summary"
              label="Export by month"
              print={printHref(transactionsHref(view, { tab: "list" }, here))}
              size="sm"
            />
          </>
        }
      />
    </>
  );
}
