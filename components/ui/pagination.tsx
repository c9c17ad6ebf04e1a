import type { ReactNode } from "react";
import { PageLinks } from "./page-links.tsx";

/** First, last and the neighbours of the current page; null where numbers are left out. */
function pageNumbers(page: number, pages: number): (number | null)[] {
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
  children,
}: {
  page: number;
  pages: number;
  total: number;
  /** There are more than `total`, which is as far as was counted. */
  more?: boolean;
  pageSize: number;
  href: (page: number) => string;
  /** Beside the count. */
  children?: ReactNode;
}) {
  if (total === 0) return null;
  return (
    <PageLinks
      page={page}
      from={(page - 1) * pageSize + 1}
      to={Math.min(page * pageSize, total)}
      total={total}
      more={more}
      previous={page > 1 ? href(page - 1) : null}
      next={page < pages ? href(page + 1) : null}
      numbers={
        pages > 1
          ? pageNumbers(page, pages).map((number) =>
              number === null ? null : { number, href: href(number) },
            )
          : []
      }
    >
      {children}
    </PageLinks>
  );
}
