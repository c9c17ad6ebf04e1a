import type { ReactNode } from "react";

/** The figures of one subject with their labels, side by side. */
export function FigureList({ children }: { children: ReactNode }) {
  return (
    <dl className="flex flex-wrap gap-px overflow-hidden rounded-lg border border-line bg-line shadow-card">
      {children}
    </dl>
  );
}

/** Within a {@link FigureList}. */
export function Figure({
  label,
  note,
  children,
}: {
  label: string;
  /** Under the figure, e.g. what it is worth. */
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="min-w-0 grow basis-[max(9rem,30%)] bg-surface p-4">
      <dt className="text-[0.8125rem] text-muted">{label}</dt>
      <dd className="figures mt-1 text-base font-semibold wrap-anywhere">{children}</dd>
      {note && <dd className="figures text-[0.8125rem] wrap-anywhere text-muted">{note}</dd>}
    </div>
  );
}
