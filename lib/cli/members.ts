import { exportMemberships } from "#lib/members/export.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { IMPORT_COLUMNS } from "#lib/members/import-rules.ts";
import { membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { MEMBER_ROLES } from "#lib/members/rules.ts";
import { membersSearchParams, SORTS } from "#lib/members/search-params.ts";
import { addExportOptions, addFilters, viewOf } from "./filters.ts";
import { registerImport } from "./import.ts";
import { type Cli, everything, organizationIdOf, printExport } from "./support.ts";

export function registerMembers(cli: Cli): void {
  registerImport(cli, "members", IMPORT_COLUMNS, importMembersFile);
  const command = cli.command("export members [FILE]", "Export memberships, to standard output without FILE");
  addFilters(command, membersSearchParams, {
    q: "part of a name or email",
    organization: "an organization's code",
    role: `all, ${MEMBER_ROLES.join(", ")}`,
    status: "all, active or inactive",
    used: "all, or 80: only those who have spent 80% of this month's allowance or more",
    sort: SORTS.join(", "),
  });
  command.option("--figures", "with allowance and spending besides the columns of an import");
  addExportOptions(command);
  command.action((name: string | undefined, options: { figures?: boolean; raw?: boolean }) => {
    const view = viewOf(membersSearchParams, options);
    if (view.organization !== "") organizationIdOf(view.organization);
    const ids = membershipIdPieces(everything, view);
    return printExport(cli, "Members", exportMemberships(everything, ids, options), name);
  });
}
