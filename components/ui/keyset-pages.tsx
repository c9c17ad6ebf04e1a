"use client";

import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";
import { SoftLink } from "./soft-link.tsx";

/** Steps through a list that has no page numbers; null where there is nothing further. */
export function KeysetPages({
  first,
  newer,
  older,
  last,
}: Record<"first" | "newer" | "older" | "last", string | null>) {
  if (!newer && !older) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex flex-wrap justify-center gap-1.5">
      <Step href={newer && first}>
        <ChevronFirst aria-hidden className="size-4" />
        Newest
      </Step>
      <Step href={newer}>
        <ChevronLeft aria-hidden className="size-4" />
        Newer
      </Step>
      <Step href={older}>
        Older
        <ChevronRight aria-hidden className="size-4" />
      </Step>
      <Step href={older && last}>
        Oldest
        <ChevronLast aria-hidden className="size-4" />
      </Step>
    </nav>
  );
}

function Step({ href, children }: { href: string | null; children: ReactNode }) {
  return href === null ? (
    <span aria-hidden className={`${buttonClass({ variant: "ghost", size: "sm" })} pointer-events-none`}>
      {children}
    </span>
  ) : (
    <SoftLink href={href} className={buttonClass({ size: "sm" })}>
      {children}
    </SoftLink>
  );
}
