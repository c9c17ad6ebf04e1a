import type { Metadata } from "next";
import { ImportPage } from "#components/imports/import-page.tsx";
import { ALLOCATION_COLUMNS } from "#lib/batches/import-rules.ts";
import { formatCsv } from "#lib/csv.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Import credits" };

/** Adds credits to organizations from a file, as one batch. */
export default async function ImportCreditsPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  await requireUser("/credits/import", "admin");
  return (
    <ImportPage
      kind="allocations"
      problem={String((await searchParams).problem)}
      columns={[
        { name: "code", meaning: "Of an organization. Each can be in the file once." },
        { name: "credits", meaning: "What is added from the pool, such as 1000 or 0.5." },
        { name: "note", meaning: "Optional, for example a reason. It is stored with the transaction." },
      ]}
      template={formatCsv([ALLOCATION_COLUMNS, ["MKT", "1000", "Budget 2027"]])}
    />
  );
}
