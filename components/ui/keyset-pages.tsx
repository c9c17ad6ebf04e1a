"use client";

import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";
import { Icon } from "./icon.tsx";
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
        <Icon name="chevron-first" className="size-4" />
        Newest
      </Step>
      <Step href={newer}>
        <Icon name="chevron-left" className="size-4" />
        Newer
      </Step>
      <Step href={older}>
        Older
        <Icon name="chevron-right" className="size-4" />
      </Step>
      <Step href={older && last}>
        Oldest
        <Icon name="chevron-last" className="size-4" />
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
