"use client";

import { usePathname } from "next/navigation";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { OPENS_PALETTE } from "./keyboard.tsx";

const SEARCH = { href: "/search", label: "Search", icon: "search" } as const;

const LINKS = [
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
  hasPools,
  settings,
}: {
  /** Whether the user may see the credit types and their pools. */
  hasPools: boolean;
  /** The first page of the settings that the role may open; null for none. */
  settings: "/settings" | "/settings/tags" | null;
}) {
  const path = usePathname();
  const links = [
    SEARCH,
    ...LINKS.filter(({ href }) => hasPools || href !== "/credit-types"),
    ...(settings === null ? [] : [{ href: settings, label: "Settings", icon: "settings" } as const]),
  ];
  return (
    <nav aria-label="Main">
      <ul className="grid gap-0.5">
        {links.map(({ href, label, icon }) => (
          <li key={href}>
            <SoftLink
              href={href}
              {...(href === SEARCH.href && { [OPENS_PALETTE]: "" })}
              aria-current={path === href ? "page" : path.startsWith(`${href}/`) ? "true" : undefined}
              className="waits flex items-center gap-2.5 rounded-md px-2.5 py-2 font-medium text-muted hover:bg-raised hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-accent"
            >
              <Icon name={icon} className="size-4" />
              {label}
              {href === SEARCH.href && (
                <kbd aria-hidden className="ml-auto font-sans text-xs font-normal max-md:hidden">
                  Ctrl K
                </kbd>
              )}
            </SoftLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
