import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { MonthStatementTables } from "#components/organizations/month-statement.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SelectField } from "#components/ui/field.tsx";
import { PrintButton } from "#components/ui/print-button.tsx";
import { snapshot } from "#db/statement.ts";
import { formatMonth, isoMonth, monthOf } from "#lib/calendar.ts";
import { moneyOfType } from "#lib/credit-types/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import {
  monthStatement,
  statementMonth,
  statementMonths,
  statementRates,
} from "#lib/organizations/statement.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf, formatDate } from "#lib/time.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../code.ts";

type Props = { params: Promise<{ code: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/statement`, "grant");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, statement` };
}

/** A month of one organization, made to be printed or saved as a PDF. */
export default async function StatementPage({ params, searchParams }: Props) {
  const code = decodeCode((await params).code);
  const settings = getSettings();
  const now = new Date();
  const today = dayOf(now, settings.timeZone);
  const text = oneOf(await searchParams, "month");
  const month = statementMonth(text, today);
  const address = (path: string) => `${path}/statement?month=${isoMonth(month)}`;
  const { scope } = await requireUser(address(organizationPath(code)), "grant");
  const { organization, statement, money } = snapshot(() => {
    const organization = organizationOfPage(scope, code, address);
    return {
      organization,
      statement: monthStatement(scope, organization, month),
      money: moneyOfType(organization.creditTypeId),
    };
  });
  if (!statement || !money) notFound();
  const path = organizationPath(organization.code);
  const isComplete = month < monthOf(today);
  return (
    <article className="mx-auto max-w-3xl">
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link
          href={`${path}/transactions`}
          prefetch={false}
          className="rounded-sm hover:text-ink hover:underline"
        >
          Transactions of {organization.name}
        </Link>
      </nav>
      <form action={`${path}/statement`} className="mb-6 flex flex-wrap items-end gap-2">
        <SelectField
          label="Month"
          name="month"
          initial={isoMonth(month)}
          options={statementMonths(today).map((one) => [isoMonth(one), formatMonth(one)] as const)}
        />
        <button type="submit" className={buttonClass()}>
          Show
        </button>
        <PrintButton />
      </form>
      {text.trim() !== "" && text !== isoMonth(month) && (
        <div className="mb-6">
          <Alert tone="warning">
            There is no statement for <q className="font-medium wrap-anywhere">{text.slice(0, 60)}</q>. This
            is the one for {formatMonth(month)}.
          </Alert>
        </div>
      )}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-1">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{organization.name}</h1>
          <p className="font-mono text-[0.8125rem] break-all text-muted">{organization.code}</p>
        </div>
        <div className="min-w-0 sm:text-right">
          <p className="font-medium">Statement for {formatMonth(month)}</p>
          <p className="text-[0.8125rem] wrap-anywhere text-muted">
            {settings.enterpriseName} · {organization.creditTypeName}
          </p>
        </div>
      </header>
      <MonthStatementTables
        statement={statement}
        dateFormat={settings.dateFormat}
        rates={statementRates(money.rates, month, { today, timeZone: settings.timeZone })}
        currency={money.currency}
      />
      <p className="mt-6 text-[0.8125rem] text-muted">
        {isComplete ? "" : "The month is not over yet. "}As of {formatDate(now, settings)}. Days are those of{" "}
        {settings.timeZone}. A reversal counts for the day of the transaction that it corrects.
      </p>
    </article>
  );
}
