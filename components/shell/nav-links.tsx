"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { LOOK_CHOSEN } from "#components/organizations/remembered-look.ts";
import { useHydrated } from "#components/ui/hydrated.ts";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { isListPath } from "#lib/saved-views/rules/lists.ts";
import { isAppleKeyboard, OPENS_PALETTE } from "./keyboard.tsx";

const SEARCH = { href: "/search", label: "Search", icon: "search" } as const;

const LINKS = [
  { href: "/overview", label: "Overview", icon: "layout-dashboard" },
  { href: "/alerts", label: "Alerts", icon: "bell" },
  { href: "/organizations", label: "Organizations", icon: "building-complex" },
  { href: "/credit-types", label: "Credit types", icon: "coins" },
  { href: "/members", label: "Members", icon: "users" },
  { href: "/transactions", label: "Transactions", icon: "receipt-text" },
  { href: "/refusals", label: "Refusals", icon: "ban" },
  { href: "/api-keys", label: "API keys", icon: "key-round" },
  { href: "/audit", label: "Audit", icon: "scroll-text" },
] as const;

/** The links of the sidebar that the role may open. */
export function NavLinks({
  organizationsHref,
  hasPools,
  openAlerts,
  settings,
  views,
}: {
  /** The list of organizations as it looked last in this browser. */
  organizationsHref: string;
  /** How many alerts are open, e.g. "99+"; null for none. */
  openAlerts: string | null;
  /** Whether the user may see the credit types and their pools. */
  hasPools: boolean;
  /** The first page of the settings that the role may open; null for none. */
  settings: "/settings" | "/settings/tags" | null;
  /** The user's starred views. */
  views: readonly { id: number; name: string; href: string }[];
}) {
  const path = usePathname();
  const hydrated = useHydrated();
  const apple = hydrated && isAppleKeyboard();
  const [listHref, setListHref] = useState(organizationsHref);
  useEffect(() => {
    const chosen = (event: Event) => {
      if (event instanceof CustomEvent) setListHref(`/organizations${event.detail}`);
    };
    addEventListener(LOOK_CHOSEN, chosen);
    return () => removeEventListener(LOOK_CHOSEN, chosen);
  }, []);
  const links = [
    SEARCH,
    ...LINKS.filter(({ href }) => hasPools || href !== "/credit-types"),
    ...(settings === null ? [] : [{ href: settings, label: "Settings", icon: "settings" } as const]),
  ];
  return (
    <nav aria-label="Main" className="grid gap-4">
      <ul className="grid gap-0.5">
        {links.map(({ href, label, icon }) => (
          <li key={href}>
            <SoftLink
              href={href === "/organizations" ? listHref : href}
              {...(href === SEARCH.href && { [OPENS_PALETTE]: "" })}
              aria-current={path === href ? "page" : path.startsWith(`${href}/`) ? "true" : undefined}
              className="waits nav-link"
            >
              <Icon name={icon} />
              {label}
              {href === "/alerts" && openAlerts !== null && (
                <span className="nav-count">
                  {openAlerts}
                  <span className="sr-only"> open</span>
                </span>
              )}
              {href === SEARCH.href && (
                <kbd aria-hidden className="nav-key">
                  {apple ? "⌘ K" : "Ctrl K"}
                </kbd>
              )}
            </SoftLink>
          </li>
        ))}
      </ul>
      <Views views={views} path={path} />
    </nav>
  );
}

/** The starred views, and where the list on the page is saved as one. */
function Views({
  views,
  path,
}: {
  views: readonly { id: number; name: string; href: string }[];
  path: string;
}) {
  const query = useSearchParams().toString();
  const here = query === "" ? path : `${path}?${query}`;
  return (
    <div>
      <div className="nav-views">
        <SoftLink href="/views" className="rounded-sm py-1 font-medium hover:text-ink hover:underline">
          Views
        </SoftLink>
        {isListPath(path) && (
          <SoftLink
            href={`/views/new?${new URLSearchParams({ href: here })}`}
            className="rounded-sm py-1 hover:text-ink hover:underline"
          >
            Save view
          </SoftLink>
        )}
      </div>
      {views.length > 0 && (
        <ul className="grid gap-0.5">
          {views.map(({ id, name, href }) => (
            <li key={id}>
              <SoftLink
                href={href}
                className="waits block truncate rounded-md px-2.5 py-1.5 text-muted hover:bg-raised hover:text-ink"
                title={name}
              >
                {name}
              </SoftLink>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
