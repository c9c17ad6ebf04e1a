"use client";

import type { ReactNode } from "react";
import { formatCount } from "#lib/credits.ts";
import { buttonClass } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { SoftLink } from "./soft-link.tsx";

/** What `Pagination` works out, drawn: which rows these are, and the links to the others. */
export function PageLinks({
  page,
  from,
  to,
  total,
  more,
  previous,
  next,
  numbers,
  children,
}: {
  page: number;
  from: number;
  to: number;
  total: number;
  more: boolean;
  previous: string | null;
  next: string | null;
  /** Empty where there is one page only; null where numbers are left out. */
  numbers: readonly ({ number: number; href: string } | null)[];
  /** Beside the count. */
  children?: ReactNode;
}) {
  return (
    <div className="page-links">
      <p className="figures text-[0.8125rem] text-muted">
        {formatCount(from)}–{formatCount(to)} of {more && "more than "}
        {formatCount(total)}
      </p>
      {children}
      {numbers.length > 0 && (
        <nav aria-label="Pages">
          <ul className="figures flex items-center gap-1">
            <li>
              <Step
                href={previous}
                label="Previous page"
                icon={<Icon name="chevron-left" className="size-4" />}
              />
            </li>
            {numbers.map((one, index) =>
              one === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: gaps have no name of their own
                <li key={`gap-${index}`} aria-hidden className="px-1 text-muted">
                  …
                </li>
              ) : (
                <li key={one.number} className={one.number === page ? "" : "max-sm:hidden"}>
                  <SoftLink
                    href={one.href}
                    aria-label={`Page ${formatCount(one.number)}`}
                    aria-current={one.number === page ? "page" : undefined}
                    className={buttonClass({
                      variant: one.number === page ? "secondary" : "ghost",
                      size: "sm",
                    })}
                  >
                    {formatCount(one.number)}
                  </SoftLink>
                </li>
              ),
            )}
            <li>
              <Step href={next} label="Next page" icon={<Icon name="chevron-right" className="size-4" />} />
            </li>
          </ul>
        </nav>
      )}
    </div>
  );
}

function Step({ href, label, icon }: { href: string | null; label: string; icon: ReactNode }) {
  const look = buttonClass({ variant: "secondary", size: "sm" });
  if (href === null) {
    return (
      <span aria-hidden className={`${look} opacity-40`}>
        {icon}
      </span>
    );
  }
  return (
    <SoftLink href={href} aria-label={label} className={look}>
      {icon}
    </SoftLink>
  );
}
