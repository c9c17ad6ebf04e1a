import Link from "next/link";
import type { ReactNode } from "react";
import { Email } from "#components/ui/email.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { memberHref } from "./words.ts";

/** Name, email and tabs of the pages of one member. */
export function MemberHeader({
  member,
  tab,
  refusals,
  actions,
}: {
  member: { id: number; name: string; email: string };
  tab: "overview" | "refusals";
  /** How many refusals the member has, as text. */
  refusals: string;
  actions?: ReactNode;
}) {
  const href = memberHref(member.id);
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link href="/members" prefetch={false} className="rounded-sm hover:text-ink hover:underline">
          Members
        </Link>
      </nav>
      <header className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{member.name}</h1>
          <p className="mt-0.5 text-muted">
            <Email>{member.email}</Email>
          </p>
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      <div className="mb-6">
        <TabLinks
          label="Member"
          items={[
            { href, label: "Overview", current: tab === "overview" },
            { href: `${href}/refusals`, label: "Refusals", current: tab === "refusals", count: refusals },
          ]}
        />
      </div>
    </>
  );
}
