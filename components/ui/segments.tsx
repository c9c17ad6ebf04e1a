"use client";

import { showCurrent } from "./show-current.ts";
import { SoftLink } from "./soft-link.tsx";

export type Segment = { href: string; label: string; current: boolean };

/** A few views of one page side by side, as links: the one that is shown is in the URL. */
export function Segments({ label, items }: { label: string; items: readonly Segment[] }) {
  return (
    <nav
      aria-label={label}
      className="flex max-w-full gap-0.5 overflow-x-auto rounded-lg border border-line bg-raised p-0.5 text-[0.8125rem]"
    >
      {items.map((item) => (
        <SoftLink
          key={item.label}
          href={item.href}
          scroll={false}
          aria-current={item.current ? "page" : undefined}
          ref={item.current ? showCurrent : undefined}
          className="rounded-md px-2.5 py-1.5 font-medium whitespace-nowrap text-muted -outline-offset-2 hover:text-ink aria-[current]:bg-surface aria-[current]:text-ink aria-[current]:shadow-card"
        >
          {item.label}
        </SoftLink>
      ))}
    </nav>
  );
}
