import Link from "next/link";
import type { ReactNode } from "react";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import { OrganizationPageMenu } from "./organization-page-menu.tsx";
import { organizationHref } from "./organization-rows.ts";
import { TagLinks } from "./tag-chips.tsx";

export type OrganizationTab = "overview" | "members" | "transactions" | "refusals" | "api-keys" | "settings";

/** Name, status and tabs of every page of one organization. The page needs the status form too. */
export function OrganizationHeader({
  organization,
  tab,
  mayManage,
  mayChange,
  refusals,
  actions,
}: {
  organization: OrganizationDetail;
  tab: OrganizationTab;
  /** Whether the user may change the organization's settings. */
  mayManage: boolean;
  /** Whether the user may change its status and move its credits. */
  mayChange: boolean;
  /** How many refusals it has, as text. */
  refusals: string;
  /** Buttons before the menu. */
  actions: ReactNode;
}) {
  const href = organizationHref(organization.code);
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link href="/organizations" prefetch={false} className="rounded-sm hover:text-ink hover:underline">
          Organizations
        </Link>
        <span aria-hidden> / </span>
        <span className="font-mono break-all">{organization.code}</span>
      </nav>
      <header className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="flex min-w-0 flex-wrap items-center gap-2.5">
          <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{organization.name}</h1>
          <StatusBadge active={organization.active} />
          <TagLinks tags={organization.tags} />
        </div>
        {mayChange && (
          <div className="flex flex-wrap items-center gap-2">
            {actions}
            <OrganizationPageMenu organization={organization} />
          </div>
        )}
      </header>
      <div className="mb-6">
        <TabLinks
          label="Organization"
          items={[
            { href, label: "Overview", current: tab === "overview" },
            { href: `${href}/members`, label: "Members", current: tab === "members" },
            { href: `${href}/transactions`, label: "Transactions", current: tab === "transactions" },
            {
              href: `${href}/refusals`,
              label: "Refusals",
              current: tab === "refusals",
              count: refusals,
            },
            { href: `${href}/api-keys`, label: "API keys", current: tab === "api-keys" },
            ...(mayManage
              ? [{ href: `${href}/settings`, label: "Settings", current: tab === "settings" }]
              : []),
          ]}
        />
      </div>
    </>
  );
}
