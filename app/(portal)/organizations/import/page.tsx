import type { Metadata } from "next";
import { UploadForm } from "#components/imports/upload-form.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { formatCsv } from "#lib/csv.ts";
import { IMPORT_TOO_LARGE } from "#lib/imports/rules.ts";
import { IMPORT_COLUMNS } from "#lib/organizations/import-rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Import organizations" };

const PROBLEMS: Record<string, string> = {
  large: IMPORT_TOO_LARGE,
  empty: "Choose a CSV file that is not empty.",
};

export default async function ImportPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  await requireUser("/organizations/import", "admin");
  const problem = PROBLEMS[String((await searchParams).problem)];
  const creditTypes = creditTypeOptions().map((type) => type.name);
  const template = formatCsv([
    IMPORT_COLUMNS,
    ["Marketing", "MKT", creditTypes[0] ?? "SGD Credits", "1000", "active"],
  ]);
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader title="Import organizations" description="From a CSV file, all of it or nothing." />
      <Card className="grid gap-5">
        {problem && <Alert tone="error">{problem}</Alert>}
        <UploadForm />
        <section aria-labelledby="format">
          <h2 id="format" className="mb-2 font-semibold">
            What the file looks like
          </h2>
          <dl className="grid gap-x-4 gap-y-1.5 sm:grid-cols-[max-content_minmax(0,1fr)] [&_dt]:font-mono [&_dt]:text-[0.8125rem]">
            <dt>name</dt>
            <dd className="text-muted">Up to 200 characters.</dd>
            <dt>code</dt>
            <dd className="text-muted">Unique; letters, digits, dots, hyphens, underscores.</dd>
            <dt>credit_type</dt>
            <dd className="text-muted">
              {creditTypes.length > 0
                ? `One of: ${creditTypes.join(", ")}.`
                : "There is none yet: add one first."}
            </dd>
            <dt>monthly_allowance_per_member</dt>
            <dd className="text-muted">Credits such as 1000 or 0.5; empty is no limit.</dd>
            <dt>status</dt>
            <dd className="text-muted">active or inactive.</dd>
          </dl>
          <p className="mt-3 text-muted">
            The first row names the columns, in any order; other columns are ignored. UTF-8, commas, at most
            32 MB.{" "}
            <a
              download="organizations-template.csv"
              href={`data:text/csv;charset=utf-8,${encodeURIComponent(template)}`}
              className="rounded-sm text-accent underline"
            >
              Download a template
            </a>
          </p>
        </section>
      </Card>
    </div>
  );
}
