import { MembersPrint } from "#components/members/member-print.tsx";
import type { PrintFrame } from "#components/ui/print-page.tsx";
import { snapshot } from "#db/statement.ts";
import { memberCounts } from "#lib/members/queries/counts.ts";
import { countPeople, listMembers, prepareMembers } from "#lib/members/queries/member-list.ts";
import type { MembersView } from "#lib/members/search-params.ts";
import { PRINTED_ROWS } from "#lib/print.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";

/** All people of the view, to be printed. */
export async function PrintedMembers({
  scope,
  view,
  frame,
}: {
  scope: Scope;
  view: MembersView;
  frame: PrintFrame;
}) {
  const firstPage = { ...view, page: 1 };
  const prepared = await prepareMembers(scope, firstPage, PRINTED_ROWS);
  const counts = await memberCounts(scope, [currentMonth()]);
  const list = snapshot(() => listMembers(scope, firstPage, prepared, PRINTED_ROWS));
  return (
    <MembersPrint
      frame={frame}
      view={view}
      list={list}
      metrics={{
        people: await countPeople(scope),
        byRole: counts.byRole,
        activeThisMonth: counts.months[0]?.members ?? 0,
      }}
    />
  );
}
