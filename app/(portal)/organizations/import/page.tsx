import type { Metadata } from "next";
import { ImportPage } from "#components/imports/import-page.tsx";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "#lib/organizations/import-rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Import organizations" };

export default async function ImportOrganizationsPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const user = await requireUser("/organizations/import", "admin");
  const creditTypes = creditTypeOptions(user.scope).map((type) => type.name);
  return (
    <ImportPage
      kind="organizations"
      problem={String((await searchParams).problem)}
      columns={[
        { name: "name", meaning: "Up to 200 characters." },
        {
          name: "code",
          meaning: "Unique; letters, digits, spaces and . - _ & / +, starting with a letter or digit.",
        },
        {
          name: "credit_type",
          meaning:
            creditTypes.length > 0
              ? `One of: ${creditTypes.join(", ")}.`
              : "There is none yet: add one first.",
        },
        {
          name: "monthly_allowance_per_member",
          meaning: "Credits such as 1000 or 0.5. Leave empty for no limit.",
        },
        { name: "status", meaning: "active or inactive." },
        { name: "tags", meaning: "Such as faculty:science cost-centre:4711. Empty means none." },
      ]}
      template={formatCsv([
        IMPORT_COLUMNS,
        [
          "Marketing",
          "MKT",
          creditTypes[0] ?? "SGD Credits",
          "1000",
          "active",
          "faculty:science cost-centre:4711",
        ],
      ])}
    />
  );
}
