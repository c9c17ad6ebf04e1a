import Link from "next/link";

/** The heading of a part of a page, with a link to all of what the part begins with. */
export function SectionHeading({ title, more }: { title: string; more?: { href: string; label: string } }) {
  return (
    <div className="mt-8 mb-3 flex flex-wrap items-baseline justify-between gap-2">
      <h2 className="text-base font-semibold">{title}</h2>
      {more && (
        <Link
          href={more.href}
          prefetch={false}
          className="rounded-sm text-[0.8125rem] text-accent hover:underline"
        >
          {more.label}
        </Link>
      )}
    </div>
  );
}
