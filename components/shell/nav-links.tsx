"use client";

import { Building2, Coins, KeyRound, ReceiptText, ScrollText, Settings, Users } from "lucide-react";
import { usePathname } from "next/navigation";
import { SoftLink } from "#components/ui/soft-link.tsx";

const LINKS = [
  { href: "/organizations", label: "Organizations", Icon: Building2, ownerOnly: false },
  { href: "/credit-types", label: "Credit types", Icon: Coins, ownerOnly: false },
  { href: "/members", label: "Members", Icon: Users, ownerOnly: false },
  { href: "/transactions", label: "Transactions", Icon: ReceiptText, ownerOnly: false },
  { href: "/api-keys", label: "API keys", Icon: KeyRound, ownerOnly: false },
  { href: "/audit", label: "Audit", Icon: ScrollText, ownerOnly: false },
  { href: "/settings", label: "Settings", Icon: Settings, ownerOnly: true },
] as const;

/** The sidebar's links; only what works, and what the role may see. */
export function NavLinks({ owner }: { owner: boolean }) {
  const path = usePathname();
  return (
    <nav aria-label="Main">
      <ul className="grid gap-0.5">
        {LINKS.filter((link) => owner || !link.ownerOnly).map(({ href, label, Icon }) => (
          <li key={href}>
            <SoftLink
              href={href}
              aria-current={path === href ? "page" : path.startsWith(`${href}/`) ? "true" : undefined}
              className="waits flex items-center gap-2.5 rounded-md px-2.5 py-2 font-medium text-muted hover:bg-raised hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-accent"
            >
              <Icon aria-hidden className="size-4" />
              {label}
            </SoftLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
