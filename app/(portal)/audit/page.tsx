import { SearchX } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Fragment } from "react";
import { AuditFilters } from "#components/audit/audit-filters.tsx";
import { AuditList } from "#components/audit/audit-list.tsx";
import { AuditPrint } from "#components/audit/audit-print.tsx";
import { ChainEnd } from "#components/audit/chain-end.tsx";
import { actorWords } from "#components/audit/words.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { scopeWords } from "#components/ui/scope-words.ts";
import { actorOptions } from "#lib/audit/actor-options.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { listAudit, printedAudit } from "#lib/audit/list.ts";
import { type AuditItem, type AuditReader, chainEnd } from "#lib/audit/queries.ts";
import {
  type AuditActor,
  type AuditView,
  actorText,
  auditHref,
  auditSearchParams,
} from "#lib/audit/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, printHref } from "#lib/print.ts";
import { isWhole } from "#lib/scope/scope.ts";
import { isUntidy, type RawSearchParams, withIsoDays, withMisread } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { suggestObjects } from "../transactions/suggestions.ts";

export const metadata: Metadata = { title: "Audit" };

/** How many objects an empty list offers for a text that is no exact name. */
const MEANT = 6;

export default async function AuditPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const settings = getSettings();
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, settings.dateFormat);
  const view = auditSearchParams.decode(isoParams);
  const here = { before: view.before, after: view.after };
  const address = isPrint(raw) ? printHref(auditHref(view, here)) : auditHref(view, here);
  const user = await requireUser(address, "grant");
  // A form without JavaScript sends its empty fields too, and days as the enterprise writes them.
  const misread = auditSearchParams.misread(isoParams);
  if (isUntidy(raw, isoParams)) redirect(withMisread(address, misread));
  if (isPrint(raw)) {
    const frame = { settings, back: auditHref(view, here), misread };
    const list = printedAudit(auditFilter(view, settings.timeZone), user);
    return <AuditPrint frame={frame} view={view} actor={actorName(view, user)} list={list} />;
  }
  const href = (change: Partial<AuditView>) => auditHref(view, change);
  const chain = chainEnd(user);
  const place = scopeWords(user.scope.organizationIds);
  const { items, newer, older } = listAudit(auditFilter(view, settings.timeZone), view, user);
  // The trail has exact names only. A part of one is redirected to the only object that it may mean.
  const objects = items.length > 0 ? [] : await suggestObjects(user.scope, view.q, MEANT);
  const meant = objects.some(({ value }) => value.toLowerCase() === view.q.toLowerCase()) ? [] : objects;
  const [only, ...others] = meant;
  if (only && others.length === 0) redirect(href({ q: only.value }));
  return (
    <>
      <PageHeader
        title="Audit"
        {...(place && { description: `Changes ${place}.` })}
        actions={
          <>
            <a href={auditHref(view, {}, "/audit/export")} download className={buttonClass()}>
              Export CSV
            </a>
            <a href={printHref(auditHref(view))} className={buttonClass({ variant: "ghost" })}>
              Print
            </a>
          </>
        }
      />
      <MisreadNote misread={misread} />
      <AuditFilters
        view={view}
        dateFormat={settings.dateFormat}
        actors={actorOptions(user)}
        ofEnterprise={isWhole(user.scope)}
      />
      {items.length === 0 ? (
        <EmptyState
          icon={<SearchX />}
          title="No change matches"
          action={
            <Link href="/audit" prefetch={false} className={buttonClass()}>
              Show all changes
            </Link>
          }
        >
          No entry matches these filters.
          {meant.length > 0 && (
            <>
              {" "}
              Did you mean{" "}
              {meant.map(({ value, label }, index) => (
                <Fragment key={value}>
                  {index > 0 && ", "}
                  <Link href={href({ q: value })} prefetch={false} className="underline">
                    {label} ({value})
                  </Link>
                </Fragment>
              ))}
              ?
            </>
          )}
        </EmptyState>
      ) : (
        <>
          <AuditList
            items={items}
            calendar={settings}
            showSubject
            mayOpenSettings={user.role === "owner"}
            actorHref={(item) => href({ actor: actorOf(item) })}
          />
          <KeysetPages
            first={href({})}
            newer={newer && href({ after: newer })}
            older={older && href({ before: older })}
            last={href({ after: OLDEST })}
          />
        </>
      )}
      {chain && <ChainEnd {...chain} />}
    </>
  );
}

/** The actor that a view filters by, as the filter names it; null for anyone. */
function actorName({ actor }: AuditView, reader: AuditReader): string | null {
  if (actor === null) return null;
  if (actor.kind === "operator" || actor.kind === "system") {
    return actorWords({ actorKind: actor.kind, actorLabel: "" });
  }
  const text = actorText(actor);
  return actorOptions(reader).find((option) => actorText(option.actor) === text)?.label ?? text;
}

function actorOf({ actorKind, actorId }: AuditItem): AuditActor | null {
  if (actorKind === "operator" || actorKind === "system") return { kind: actorKind, id: null };
  return actorId === null ? null : { kind: actorKind, id: actorId };
}
