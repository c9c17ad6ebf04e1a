import type { ReactNode } from "react";

const TONES = {
  green: "bg-success-soft text-success",
  gray: "bg-raised text-muted",
  amber: "bg-warning-soft text-warning",
  blue: "bg-info-soft text-info",
} as const;

/** A word in a coloured pill. The word alone is enough; the colour only helps. */
export function Badge({ tone = "gray", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return <span className={`badge ${TONES[tone]}`}>{children}</span>;
}
