import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ConfirmStatus } from "#components/organizations/confirm-status.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { formatCount } from "#lib/credits.ts";
import { organizationIds, organizationsByIds } from "#lib/organizations/queries.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { changeStatusAction } from "../actions.ts";

export const metadata: Metadata = { title: "Change status" };

const LISTED = 24;

/** Asks before a change of status where no dialog can: JavaScript is off, or the page is still loading. */
export default async function ChangeStatusPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const one = (name: string) => [raw[name]].flat()[0] ?? "";
  await requireUser("/organizations", "admin");
  const back = safeReturnPath(one("back"));
  const [word = "", only] = (one("only") || one("to")).split("-");
  const to = word === "activate" ? "activate" : "deactivate";
  const wholeView = !only && one("all") === "1";
  const ids = wholeView
    ? organizationIds(organizationsSearchParams.decode(new URLSearchParams(one("view"))))
    : (only ? [only] : [raw.id ?? []].flat()).filter((id) => /^[1-9]\d{0,14}$/.test(id)).map(Number);
  const listed = organizationsByIds(ids.slice(0, LISTED));
  if (listed.length === 0) redirect(back);
  const title = to === "activate" ? "Activate" : "Deactivate";
  const subject = ids.length === 1 ? (listed[0]?.name ?? "") : `${formatCount(ids.length)} organizations`;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`${title} ${subject}?`} />
      <Card>
        <ConfirmStatus
          to={to}
          {...(wholeView ? { viewQuery: one("view") } : { ids })}
          names={listed.map((organization) => organization.name)}
          more={ids.length - listed.length}
          back={back}
          action={changeStatusAction}
        />
      </Card>
    </div>
  );
}
