"use client";

import { useId } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCredits } from "#lib/credits.ts";
import { largest, shareText } from "#lib/transactions/rules.ts";

export type SpendPart = {
  key: string;
  label: string;
  /** E.g. an organization's code. */
  detail?: string | undefined;
  spent: bigint;
  /** The link to the view filtered by this part. Null for the rest. */
  href: string | null;
};

/** Spending by part: a table with a bar in each row. */
export function SpendSplit({
  title,
  heading,
  parts,
  whole,
  nothing = "Nothing was spent.",
  more,
}: {
  title: string;
  /** The heading of the parts, e.g. "Organization". */
  heading: string;
  parts: readonly SpendPart[];
  whole: bigint;
  /** The text without any part. */
  nothing?: string;
  /** A link to all parts. */
  more?: { href: string; label: string };
}) {
  const id = useId();
  const max = largest(parts.map((one) => one.spent));
  return (
    <section
      aria-labelledby={id}
      className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card"
    >
      <h2 id={id} className="mb-2 font-semibold">
        {title}
      </h2>
      {parts.length === 0 && <p className="text-[0.8125rem] text-muted">{nothing}</p>}
      <table
        hidden={parts.length === 0}
        aria-labelledby={id}
        className="w-full table-fixed text-left text-[0.8125rem]"
      >
        <colgroup>
          <col />
          <col className="w-32" />
          <col className="w-14" />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th scope="col">{heading}</th>
            <th scope="col">Credits</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody className="tabular-nums [&_a]:rounded-sm [&_a:hover]:underline [&_td]:py-1.5 [&_td]:text-right [&_th]:py-1.5 [&_th]:pr-3 [&_th]:font-normal [&_tr]:align-bottom">
          {parts.map((part) => (
            <tr key={part.key}>
              <th scope="row">
                <span className="line-clamp-2 wrap-anywhere" title={part.label}>
                  {part.href === null ? (
                    <span className="text-muted">{part.label}</span>
                  ) : (
                    <SoftLink href={part.href} scroll={false}>
                      {part.label}
                    </SoftLink>
                  )}
                  {part.detail && <span className="font-mono text-xs text-muted"> {part.detail}</span>}
                </span>
                <svg aria-hidden width="100%" height="6" className="mt-1 block">
                  <rect width="100%" height="6" rx="3" className="fill-raised" />
                  <rect
                    width={`${max === 0n ? 0 : Number((part.spent * 10_000n) / max) / 100}%`}
                    height="6"
                    rx="3"
                    className={part.href === null ? "fill-line-strong" : "fill-accent"}
                  />
                </svg>
              </th>
              <td className="wrap-anywhere">{formatCredits(part.spent)}</td>
              <td className="text-muted">{shareText(part.spent, whole)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more && parts.length > 0 && (
        <SoftLink
          href={more.href}
          className="mt-2 inline-block rounded-sm py-1 text-[0.8125rem] text-accent hover:underline"
        >
          {more.label}
        </SoftLink>
      )}
    </section>
  );
}
