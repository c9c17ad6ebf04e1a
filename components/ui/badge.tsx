import type { ReactNode } from "react";

const TONES = {
  green: "badge-green",
  gray: "badge-gray",
  amber: "badge-amber",
  blue: "badge-blue",
} as const;

/** A word in a coloured pill. The word alone is enough; the colour only helps. */
export function Badge({ tone = "gray", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return <span className={`badge ${TONES[tone]}`}>{children}</span>;
}
