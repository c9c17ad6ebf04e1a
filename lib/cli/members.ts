import { exportMemberships } from "#lib/members/export.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { IMPORT_COLUMNS } from "#lib/members/import-rules.ts";
import { membershipIdsOfView } from "#lib/members/queries.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { registerImport } from "./import.ts";
import { type Cli, printExport } from "./support.ts";

export function registerMembers(cli: Cli): void {
  registerImport(cli, "members", IMPORT_COLUMNS, importMembersFile);
  cli
    .command("export members [FILE]", "Export all memberships, to standard output without FILE")
    .action((name: string | undefined) =>
      printExport(cli, "Members", exportMemberships(membershipIdsOfView(membersSearchParams.defaults)), name),
    );
}
