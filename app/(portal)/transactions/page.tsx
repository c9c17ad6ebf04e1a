import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { buttonClass } from "#components/ui/button.tsx";
import { ExportLinks } from "#components/ui/export-links.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { scopeWords } from "#components/ui/scope-words.ts";
import { hasRole } from "#lib/actor.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, printHref } from "#lib/print.ts";
import { type RawSearchParams, withIsoDays } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { hasEntries } from "#lib/transactions/queries/entries.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { TransactionsBody } from "./body.tsx";
import { canonicalHref } from "./canonical.ts";
import { PrintedTransactions } from "./printed.tsx";

export const metadata: Metadata = { title: "Transactions" };

const PATH = "/transactions";

export default async function TransactionsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, getSettings().dateFormat);
  const view = transactionsSearchParams.decode(isoParams);
  const here = transactionsHref(view, { before: view.before, after: view.after });
  const user = await requireUser(isPrint(raw) ? printHref(here) : here, "grant");
  const elsewhere = await canonicalHref(user.scope, raw, view, PATH);
  if (elsewhere !== null) redirect(elsewhere);
  const settings = getSettings();
  const misread = transactionsSearchParams.misread(isoParams);
  if (isPrint(raw)) {
    const frame = { settings, back: here, misread };
    return <PrintedTransactions scope={user.scope} view={view} within={null} frame={frame} />;
  }
  const place = scopeWords(user.scope.organizationIds);
  return (
    <>
      <PageHeader
        title="Transactions"
        {...(place && { description: `What was moved and spent ${place}.` })}
        actions={
          hasEntries(user.scope) && (
            <>
              {hasRole(user.role, "admin") && (
                <Link href={`${PATH}/applications`} className={buttonClass()}>
                  Applications
                </Link>
              )}
              <ExportLinks
                href={transactionsHref(view, {}, `${PATH}/export`)}
                format="summary"
                label="Export by month"
                print={printHref(transactionsHref(view, { tab: "list" }))}
              />
            </>
          )
        }
      />
      <MisreadNote misread={misread} />
      <TransactionsBody
        scope={user.scope}
        view={view}
        path={PATH}
        within={null}
        settings={settings}
        today={dayOf(new Date(), settings.timeZone)}
        exportHref={transactionsHref(view, {}, `${PATH}/export`)}
      />
    </>
  );
}
