import { Badge } from "#components/ui/badge.tsx";
import type { EntryKind } from "#lib/ledger/rules.ts";

export const KIND_LABELS: Record<EntryKind, string> = {
  purchase: "Purchase",
  allocation: "Allocation",
  return: "Return",
  spend: "Spend",
  reversal: "Reversal",
};

const TONES = {
  purchase: "green",
  allocation: "blue",
  return: "blue",
  spend: "gray",
  reversal: "amber",
} as const;

export function KindBadge({ kind }: { kind: EntryKind }) {
  return <Badge tone={TONES[kind]}>{KIND_LABELS[kind]}</Badge>;
}
