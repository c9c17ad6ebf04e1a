"use client";

import { showCurrent } from "./show-current.ts";
import { SoftLink } from "./soft-link.tsx";

export type TabLink = { href: string; label: string; current: boolean; count?: string };

/** Tabs that are links; the open one is in the URL. */
export function TabLinks({ label, items }: { label: string; items: readonly TabLink[] }) {
  return (
    <nav aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {items.map((item) => (
        <SoftLink
          key={item.label}
          href={item.href}
          scroll={false}
          aria-current={item.current ? "page" : undefined}
          ref={item.current ? showCurrent : undefined}
          className="tab-link"
        >
          {item.label}
          {item.count !== undefined && (
            <span className="figures rounded-full bg-raised px-1.5 text-xs text-muted">{item.count}</span>
          )}
        </SoftLink>
      ))}
    </nav>
  );
}
