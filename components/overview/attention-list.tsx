import type { ReactNode } from "react";
import { refusalWords } from "#components/refusals/words.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { Attention } from "#lib/overview/attention.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { shareText } from "#lib/transactions/rules.ts";

/** What the reader may do about it. */
type Rights = { mayMoveCredits: boolean };

/** What needs attention first, each with its remedy. */
export function AttentionList({
  attention,
  rights,
  calendar,
}: {
  attention: Attention;
  rights: Rights;
  calendar: Calendar;
}) {
  const { pools, refused, backup } = attention;
  const count = pools.length + refused.length + (backup.isOld ? 1 : 0);
  if (count === 0) {
    return (
      <p className="flex items-center gap-2 rounded-lg border border-line bg-surface px-4 py-3 text-muted shadow-card">
        <Icon name="circle-check" className="text-success" />
        Nothing needs your attention.
      </p>
    );
  }
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
      {pools.map((pool) => (
        <Item
          key={`pool-${pool.id}`}
          kind="Pool low"
          remedy={
            rights.mayMoveCredits && {
              href: `/credit-types/${pool.id}/purchase`,
              label: "Record purchase",
              of: pool.name,
            }
          }
        >
          <SoftLink href={creditTypeHref(pool.id)} className="font-medium hover:underline">
            {pool.name}
          </SoftLink>{" "}
          has {formatCredits(pool.available)} credits available,{" "}
          {shareText(pool.available, pool.totalPurchased)} of what was purchased.
        </Item>
      ))}
      {refused.map(({ organization, code, requests }) => (
        <Item
          key={`refused-${organization?.id} ${code}`}
          kind="Refused"
          remedy={{
            href: `/refusals?${new URLSearchParams({ ...(organization && { organization: organization.code }), code })}`,
            label: "Show refusals",
            of: organization?.name ?? "unknown organizations",
          }}
        >
          {organization ? (
            <SoftLink
              href={`/organizations/${encodeURIComponent(organization.code)}`}
              className="font-medium hover:underline"
            >
              {organization.name}
            </SoftLink>
          ) : (
            <span className="font-medium">No organization</span>
          )}
          : {formatCount(requests)} {requests === 1 ? "request" : "requests"} refused in 24 hours, “
          {refusalWords(code)}”.
        </Item>
      ))}
      {backup.isOld && (
        <Item kind="Backup" remedy={null}>
          {backup.at === null
            ? "No backup was made here yet."
            : `The last backup is from ${formatDateTime(backup.at, calendar)}.`}{" "}
          Run <code className="font-mono text-xs">npm run bursar -- backup FILE</code>.
        </Item>
      )}
    </ul>
  );
}

function Item({
  kind,
  remedy,
  children,
}: {
  kind: string;
  /** `of` names the subject for screen readers. */
  remedy: { href: string; label: string; of: string } | false | null;
  children: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <span className="badge bg-warning-soft text-warning">{kind}</span>
      <p className="figures min-w-0 flex-1 basis-64 wrap-anywhere [&_a]:rounded-sm">{children}</p>
      {remedy && (
        <SoftLink href={remedy.href} className={buttonClass({ size: "sm" })}>
          {remedy.label}
          <span className="sr-only"> of {remedy.of}</span>
        </SoftLink>
      )}
    </li>
  );
}
