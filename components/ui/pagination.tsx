import { ChevronLeft, ChevronRight } from "lucide-react";
import Link from "next/link";
import { formatCount } from "#lib/credits.ts";
import { buttonClass } from "./button.tsx";

/** First, last and the neighbours of the current page; null where numbers are left out. */
export function pageNumbers(page: number, pages: number): (number | null)[] {
  const shown = [1, page - 1, page, page + 1, pages].filter((n) => n >= 1 && n <= pages);
  const unique = [...new Set(shown)].sort((a, b) => a - b);
  return unique.flatMap((n, index) => {
    const before = unique[index - 1];
    return before !== undefined && n - before > 1 ? [null, n] : [n];
  });
}

export function Pagination({
  page,
  pages,
  total,
  more = false,
  pageSize,
  href,
}: {
  page: number;
  pages: number;
  total: number;
  /** There are more than `total`, which is as far as was counted. */
  more?: boolean;
  pageSize: number;
  href: (page: number) => string;
}) {
  if (total === 0) return null;
  const from = (page - 1) * pageSize + 1;
  const to = Math.min(page * pageSize, total);
  return (
    <div className="mt-5 flex flex-wrap items-center justify-between gap-3">
      <p className="figures text-[0.8125rem] text-muted">
        {formatCount(from)}–{formatCount(to)} of {more && "more than "}
        {formatCount(total)}
      </p>
      {pages > 1 && (
        <nav aria-label="Pages">
          <ul className="figures flex items-center gap-1">
            <li>
              <Step
                href={page > 1 ? href(page - 1) : null}
                label="Previous page"
                icon={<ChevronLeft aria-hidden className="size-4" />}
              />
            </li>
            {pageNumbers(page, pages).map((number, index) =>
              number === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: gaps have no name of their own
                <li key={`gap-${index}`} aria-hidden className="px-1 text-muted">
                  …
                </li>
              ) : (
                <li key={number} className={number === page ? "" : "max-sm:hidden"}>
                  <Link
                    href={href(number)}
                    prefetch={false}
                    aria-label={`Page ${number}`}
                    aria-current={number === page ? "page" : undefined}
                    className={`${buttonClass({ variant: number === page ? "secondary" : "ghost", size: "sm" })}`}
                  >
                    {formatCount(number)}
                  </Link>
                </li>
              ),
            )}
            <li>
              <Step
                href={page < pages ? href(page + 1) : null}
                label="Next page"
                icon={<ChevronRight aria-hidden className="size-4" />}
              />
            </li>
          </ul>
        </nav>
      )}
    </div>
  );
}

function Step({ href, label, icon }: { href: string | null; label: string; icon: React.ReactNode }) {
  const look = buttonClass({ variant: "secondary", size: "sm" });
  if (href === null) {
    return (
      <span aria-hidden className={`${look} opacity-40`}>
        {icon}
      </span>
    );
  }
  return (
    <Link href={href} prefetch={false} aria-label={label} className={look}>
      {icon}
    </Link>
  );
}
