import type { Metadata } from "next";
import { ImportPage } from "#components/imports/import-page.tsx";
import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "#lib/members/import-rules.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Import members" };

export default async function ImportMembersPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const user = await requireUser("/members/import", "organization_admin");
  const { problem, organization } = await searchParams;
  // From an organization's page: the template is about it.
  const code = getOrganization(user.scope, String([organization].flat()[0] ?? ""))?.code ?? "MKT";
  return (
    <ImportPage
      kind="members"
      problem={String(problem)}
      columns={[
        { name: "organization", meaning: `The organization's code, e.g. ${code}.` },
        {
          name: "name",
          meaning: "Up to 200 characters. If a person with this email exists, the existing name is kept.",
        },
        { name: "email", meaning: "A person may be in several organizations, once in each." },
        { name: "role", meaning: "admin, creator or viewer." },
        {
          name: "monthly_allowance",
          meaning:
            "Credits such as 1000 or 0.5. Leave empty for the organization's allowance, or enter unlimited.",
        },
        { name: "status", meaning: "active or inactive." },
      ]}
      template={formatCsv([
        IMPORT_COLUMNS,
        [code, "Ana Ruiz", "ana@example.edu", "creator", "", "active"],
        [code, "Chen Wei", "chen@example.edu", "admin", "2500", "active"],
      ])}
    />
  );
}
