import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";

/** A filter that is not typed: a link that removes it. */
export function RemoveFilter({ href, text }: { href: string; text: string }) {
  return (
    <SoftLink
      href={href}
      scroll={false}
      aria-label={`Remove the filter ${text}`}
      title={text}
      className="flex h-9 max-w-60 min-w-0 items-center gap-1 rounded-full border border-accent bg-accent-soft px-3 text-[0.8125rem] max-sm:shrink-0"
    >
      <span className="min-w-0 truncate">{text}</span>
      <Icon name="x" className="size-3.5" />
    </SoftLink>
  );
}
