import { buttonClass } from "#components/ui/button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { addMonths, firstDay, isoDay, lastDay } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { portalUserHref } from "#lib/portal-users/search-params.ts";

/** What the reader may do about an alert. */
export type AlertRights = {
  /** Whether credits may be moved. */
  mayMoveCredits: boolean;
  /** Whether an organization's members and keys may be changed, by the organization's id; null is the enterprise. */
  mayManage: (organizationId: number | null) => boolean;
  /** Whether portal users may be managed. */
  isOwner: boolean;
};

type Remedy = { href: string; label: string; subject: string };

const organizationPath = (code: string, rest: string) => `/organizations/${encodeURIComponent(code)}${rest}`;

/** The page where the cause of an alert is put right, or can be looked at; null where there is none for the reader. */
export function remedyOf(item: AlertItem, rights: AlertRights, back: string): Remedy | null {
  const { kind, organization, creditType, member, apiKey, base, value, period, change } = item;
  const query = (values: Record<string, string>) => `?${new URLSearchParams({ ...values, back })}`;
  switch (kind) {
    case "balance_amount":
    case "balance_share":
    case "balance_days": {
      if (!organization) return null;
      const subject = `to ${organization.name}`;
      if (!rights.mayMoveCredits) return transactionsOf(organization, null);
      const amount = kind === "balance_share" && base !== null ? { amount: plainCredits(base) } : {};
      const href = organizationPath(organization.code, `/credits/add${query(amount)}`);
      return { href, label: "Add credits", subject };
    }
    case "pool_amount":
    case "pool_share":
    case "pool_days":
      if (!creditType) return null;
      return rights.mayMoveCredits
        ? {
            href: `/credit-types/${creditType.id}/purchase`,
            label: "Record purchase",
            subject: `of ${creditType.name}`,
          }
        : { href: `/credit-types/${creditType.id}`, label: "See pool", subject: `of ${creditType.name}` };
    case "allowance_share": {
      if (!member || !organization) return null;
      if (!rights.mayManage(organization.id)) return transactionsOf(organization, period);
      const raise = plainCredits((base ?? value) / 2n);
      const path = `/members/${member.id}/memberships/${member.membershipId}`;
      return { href: `${path}${query({ raise })}`, label: "Raise allowance", subject: `of ${member.name}` };
    }
    case "month_growth":
      return organization && transactionsOf(organization, period);
    case "unusual_spend":
      return organization && transactionsOf(organization, period);
    case "refusals":
      return (
        organization && {
          href: organizationPath(organization.code, "/refusals"),
          label: "See refusals",
          subject: `of ${organization.name}`,
        }
      );
    case "key_expiring":
      if (!apiKey) return null;
      if (!rights.mayManage(organization?.id ?? null)) return pageOfKey(apiKey);
      return {
        href: organization
          ? `/api-keys/new?${new URLSearchParams({ organization: organization.code })}`
          : "/api-keys/new",
        label: "Create API key",
        subject: `in place of ${apiKey.name}`,
      };
    case "key_unused":
      if (!apiKey) return null;
      if (!rights.mayManage(organization?.id ?? null)) return pageOfKey(apiKey);
      return { href: `/api-keys/${apiKey.id}/revoke`, label: "Revoke", subject: apiKey.name };
    case "backup_age":
    case "verify_age":
    case "verify_failed":
      // The operator runs the command that puts it right. The page shows which.
      return rights.mayManage(null)
        ? {
            href: "/settings/health",
            label: kind === "backup_age" ? "See backups" : "See checks",
            subject: "",
          }
        : null;
    case "access_changed":
      if (!rights.isOwner) return { href: "/audit?kind=grant", label: "See audit", subject: "" };
      return change
        ? { href: portalUserHref(change.label), label: "See portal user", subject: change.label }
        : { href: "/settings/users", label: "See portal users", subject: "" };
  }
}

/** The transactions of an organization in a month (202611) or on a day (20261126). */
function transactionsOf({ code, name }: { code: string; name: string }, period: number | null): Remedy {
  const isDay = period !== null && period > 1_000_000;
  const range =
    period === null
      ? {}
      : isDay
        ? { from: isoDay(period), to: isoDay(period) }
        : { from: isoDay(firstDay(addMonths(period, -1))), to: isoDay(lastDay(period)) };
  const href = organizationPath(code, `/transactions?${new URLSearchParams(range)}`);
  return { href: href.replace(/\?$/, ""), label: "See transactions", subject: `of ${name}` };
}

const pageOfKey = ({ id, name }: { id: number; name: string }): Remedy => ({
  href: `/api-keys/${id}`,
  label: "See API key",
  subject: name,
});

/** The one remedy of an alert, as a button. */
export function RemedyLink({ remedy }: { remedy: Remedy }) {
  return (
    <SoftLink href={remedy.href} className={`whitespace-nowrap ${buttonClass({ size: "sm" })}`}>
      {remedy.label}
      {remedy.subject !== "" && <span className="sr-only"> {remedy.subject}</span>}
    </SoftLink>
  );
}
