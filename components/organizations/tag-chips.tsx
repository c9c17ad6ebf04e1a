import { SoftLink } from "#components/ui/soft-link.tsx";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";

/** An organization's tags, or the first of them and the number of the others; nothing where it has none. */
export function TagChips({
  tags,
  label = "Tags",
  limit,
}: {
  tags: readonly string[];
  label?: string;
  /** How many are shown; without it, all. */
  limit?: number;
}) {
  if (tags.length === 0) return null;
  const shown = tags.slice(0, limit);
  const others = tags.slice(shown.length);
  return (
    <ul aria-label={label} className="flex min-w-0 flex-wrap gap-1">
      {shown.map((tag) => (
        <li key={tag} className="tag" title={tag}>
          {tag}
        </li>
      ))}
      {others.length > 0 && (
        <li className="tag" title={others.join(" ")}>
          +{others.length}
          <span className="sr-only"> more tags</span>
        </li>
      )}
    </ul>
  );
}

/** Every tag as a link to the organizations that have it. */
export function TagLinks({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null;
  return (
    <ul aria-label="Tags" className="flex min-w-0 flex-wrap gap-1">
      {tags.map((tag) => (
        <li key={tag} className="flex min-w-0">
          <SoftLink href={tagHref(tag)} className="tag hover:text-ink hover:underline" title={tag}>
            {tag}
          </SoftLink>
        </li>
      ))}
    </ul>
  );
}

/** The organizations that have a tag. */
export const tagHref = (tag: string) =>
  organizationsHref({ ...organizationsSearchParams.defaults, tag: [tag] });
