import { AppWindow } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { APPLICATIONS_LISTED, listApplications } from "#lib/applications/queries.ts";
import { formatCount } from "#lib/credits.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { type RawSearchParams, searchParamsCodec, textParam } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Applications" };

const PATH = "/transactions/applications";
const codec = searchParamsCodec({ q: textParam(100) });

export default async function ApplicationsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const { q } = codec.decode(await searchParams);
  const user = await requireUser(PATH + codec.encode({ q }), "admin");
  const { items, total } = listApplications(user.scope, q);
  if (total === 0 && q === "") {
    return (
      <div className="mx-auto max-w-3xl">
        <PageHeader title="Applications" />
        <EmptyState icon={<AppWindow />} title="No applications yet">
          An application will appear here with the first usage that names it.
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader title="Applications" description="Each was added by the first event that named it." />
      <Card className="grid gap-4">
        <form action={PATH} className="flex flex-wrap gap-2">
          <input
            type="search"
            name="q"
            defaultValue={q}
            maxLength={100}
            aria-label="Search applications"
            placeholder="Search by name"
            className="h-9 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-3"
          />
          <Button type="submit">Search</Button>
        </form>
        <p className="text-muted" role="status">
          {total > items.length
            ? `The first ${APPLICATIONS_LISTED} of ${formatCount(total)}. Search to find others.`
            : `${formatCount(total)} ${total === 1 ? "application" : "applications"}`}
        </p>
        <ul className="divide-y divide-line">
          {items.map(({ id, name, nameKey, hiddenAt, mergedInto, organizationCode }) => (
            <li key={id} className="flex flex-wrap items-baseline gap-x-3 py-2">
              <Link href={`${PATH}/${id}`} className="rounded-sm text-accent underline break-all">
                {name}
              </Link>
              {nameKey !== name.toLowerCase() && <span className="text-muted">sent as {nameKey}</span>}
              {organizationCode !== null && (
                <span className="text-muted">first used in {organizationCode}</span>
              )}
              {mergedInto && <span className="text-muted">merged into {mergedInto.name}</span>}
              {hiddenAt && <span className="text-muted">hidden</span>}
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
