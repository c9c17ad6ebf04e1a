import { Icon } from "./icon.tsx";
import { SoftLink } from "./soft-link.tsx";

/** A table's heading; with `sort` a link that sorts by its column, and the other way the next time. */
export function SortHeading<Key extends string>({
  label,
  sort,
  current,
  firstAscending = false,
  right = false,
  href,
}: {
  label: string;
  sort?: Key | undefined;
  /** What the list is sorted by: a key, with a minus from high to low. */
  current: Key | `-${Key}`;
  /** The first press sorts from low to high. */
  firstAscending?: boolean;
  right?: boolean | undefined;
  href: (sort: Key | `-${Key}`) => string;
}) {
  const ascending = current === sort;
  const descending = current === `-${sort}`;
  return (
    <th
      scope="col"
      aria-sort={ascending ? "ascending" : descending ? "descending" : undefined}
      className={`px-3 py-2 align-bottom font-medium ${right ? "text-right" : ""}`}
    >
      {sort ? (
        <SoftLink
          href={href(descending || (firstAscending && !ascending) ? sort : `-${sort}`)}
          scroll={false}
          className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
        >
          {label}
          {(ascending || descending) && (
            <Icon name={ascending ? "arrow-up" : "arrow-down"} className="size-3" />
          )}
        </SoftLink>
      ) : (
        label
      )}
    </th>
  );
}
