import type { ReactNode } from "react";
import { Digits } from "./digits.tsx";

/**
 * A headline figure, inside a `dl`. `exact` is the tooltip of a rounded figure, `words` follow the figure on its line, and
 * `note` is a line of its own below.
 */
export function Metric({
  label,
  icon,
  figure,
  exact,
  words,
  worth,
  parts = [],
  otherParts,
  hidesPartsOnPhones = false,
  note,
}: {
  label: string;
  icon?: ReactNode;
  figure: string;
  exact?: string;
  words?: string;
  /** What the credits are worth in money, on a line below. */
  worth?: string | null | undefined;
  /** What the figure adds up, each with its own figure. */
  parts?: readonly { label: string; figure: string; exact: string; worth?: string | null }[];
  /** Which parts have no line of their own. */
  otherParts?: string | null;
  hidesPartsOnPhones?: boolean;
  note?: ReactNode;
}) {
  return (
    <div className="metric">
      <dt className="flex items-center gap-2 text-[0.8125rem] font-medium text-muted">
        {icon}
        {label}
      </dt>
      <dd className="mt-1">
        <p className="wrap-anywhere">
          <span className="metric-figure" title={exact ?? figure}>
            <Digits>{figure}</Digits>
          </span>
          {words && <span className="text-[0.8125rem] text-muted"> {words}</span>}
        </p>
        {worth && <p className="figures text-[0.8125rem] wrap-anywhere text-muted">= {worth}</p>}
        {parts.length > 0 && (
          <ul className={`figures mt-1 text-[0.8125rem] ${hidesPartsOnPhones ? "max-sm:hidden" : ""}`}>
            {parts.map((part) => (
              <li key={part.label} className="flex flex-wrap justify-between gap-x-3">
                <span className="max-w-full truncate text-muted" title={part.label}>
                  {part.label}
                </span>
                <span className="ml-auto min-w-0 text-right wrap-anywhere" title={part.exact}>
                  {part.figure}
                  {part.worth && <span className="block text-xs text-muted">{part.worth}</span>}
                </span>
              </li>
            ))}
            {otherParts && <li className="text-muted">{otherParts}</li>}
          </ul>
        )}
        {note && <p className="figures text-[0.8125rem] text-muted">{note}</p>}
      </dd>
    </div>
  );
}
