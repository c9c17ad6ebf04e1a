import { Badge } from "#components/ui/badge.tsx";
import { type EntryKind, KIND_LABELS } from "#lib/ledger/rules/kinds.ts";

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
