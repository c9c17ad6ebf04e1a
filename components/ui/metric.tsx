import type { ReactNode } from "react";

/** A headline figure; within a `dl`. `exact` is the tooltip of a rounded figure. */
export function Metric({
  label,
  icon,
  figure,
  exact,
  words,
  note,
}: {
  label: string;
  icon?: ReactNode;
  figure: string;
  exact?: string;
  words?: string;
  note?: ReactNode;
}) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card">
      <dt className="flex items-center gap-2 text-[0.8125rem] font-medium text-muted">
        {icon}
        {label}
      </dt>
      <dd className="mt-1.5">
        <p className="wrap-anywhere">
          <span className="figures block text-2xl font-semibold tracking-tight" title={exact ?? figure}>
            {figure}
          </span>
          {words && <span className="text-[0.8125rem] text-muted"> {words}</span>}
        </p>
        {note && <p className="figures text-[0.8125rem] text-muted">{note}</p>}
      </dd>
    </div>
  );
}
