"use client";

import { SoftLink } from "#components/ui/soft-link.tsx";
import {
  lookQuery,
  type OrganizationsView,
  organizationsHref,
  PAGE_SIZES,
} from "#lib/organizations/search-params.ts";
import { rememberLook } from "./remembered-look.ts";

/** How many organizations a page has, as links. */
export function PageSizes({ view, lookCookie }: { view: OrganizationsView; lookCookie: string }) {
  return (
    <nav aria-label="Page size" className="figures flex items-center gap-1 text-[0.8125rem] text-muted">
      {PAGE_SIZES.map((size) => (
        <SoftLink
          key={size}
          href={organizationsHref(view, { size })}
          scroll={false}
          onClick={() => rememberLook(lookCookie, lookQuery({ ...view, size }))}
          aria-label={`${size} a page`}
          aria-current={view.size === size ? "true" : undefined}
          className="rounded px-1.5 py-0.5 hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink"
        >
          {size}
        </SoftLink>
      ))}
      a page
    </nav>
  );
}
