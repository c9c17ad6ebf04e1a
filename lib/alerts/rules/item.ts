import type { AlertKind, AlertState, Resolution } from "./kinds.ts";

/** An alert, as lists and messages show it. Figures are in the unit of its kind. */
export type AlertItem = {
  id: number;
  ruleId: number | null;
  kind: AlertKind;
  threshold: bigint;
  state: AlertState;
  value: bigint;
  /** What the credits of the value were worth, such as "S$5.00"; null where they are none, or no one rate counts for them. */
  worth: string | null;
  /** The same of the base: a last allocation or purchase, an allowance, or what is usual. */
  baseWorth: string | null;
  limit: bigint | null;
  base: bigint | null;
  /** A month (202611), a day (20261126) or an audit entry, by the kind; 0 for none. */
  period: number;
  openedAt: Date;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  resolvedAt: Date | null;
  resolution: Resolution | null;
  /** Such as "membership:12". */
  subject: string;
  /** The organization that it concerns; null for the enterprise. */
  organization: { id: number; code: string; name: string } | null;
  creditType: { id: number; name: string } | null;
  member: { id: number; membershipId: number; name: string; email: string } | null;
  apiKey: { id: number; name: string } | null;
  /** The change of access that it is about. */
  change: { entry: number; action: string; label: string; actor: string } | null;
};
