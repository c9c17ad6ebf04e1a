import type { ReactNode } from "react";
import { Digits } from "./digits.tsx";

/** The figures of one subject with their labels, in equal tiles: six fill each row. */
export function FigureList({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-card sm:grid-cols-3 2xl:grid-cols-6">
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
    <div className="min-w-0 bg-surface p-4 max-sm:p-3">
      <dt className="text-[0.8125rem] text-muted">{label}</dt>
      <dd className="figures mt-1 text-base font-semibold wrap-anywhere">
        {typeof children === "string" ? <Digits>{children}</Digits> : children}
      </dd>
      {note && <dd className="figures text-[0.8125rem] wrap-anywhere text-muted">{note}</dd>}
    </div>
  );
}
