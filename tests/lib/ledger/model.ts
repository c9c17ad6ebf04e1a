import type { AllowanceChoice } from "#lib/members/rules.ts";

/**
 * What the ledger should do, in the simplest form: no database, plain sums instead of counters, each rule once. Amounts
 * are micro-credits.
 */
export type ModelEntry = {
  kind: "purchase" | "allocation" | "return" | "spend" | "reversal";
  amount: bigint;
  type: ModelType;
  organization: ModelOrganization | null;
  membership: ModelMembership | null;
  month: number;
  reversed: boolean;
};

export type ModelType = { purchased: bigint; available: bigint; spent: bigint };

/** Whether something may spend, and each change of that. */
export type ModelStatus = { active: boolean; changes: { at: Date; active: boolean }[] };

export type ModelOrganization = ModelStatus & {
  name: string;
  type: ModelType;
  allowance: bigint | null;
  balance: bigint;
  spent: bigint;
  moved: boolean;
};

export type ModelMembership = ModelStatus & {
  organization: ModelOrganization;
  choice: AllowanceChoice;
  months: Map<number, bigint>;
};

/** "ok", or the code of the refusal. */
export type Outcome = string;

/** 202611: the month of an instant there, by another way than the product's own. */
export function monthOf(at: Date, timeZone: string): number {
  // Sweden writes dates as ISO 8601 does.
  const [year = "", month = ""] = at.toLocaleDateString("sv-SE", { timeZone }).split("-");
  return Number(year) * 100 + Number(month);
}

const DAY_MS = 86_400_000;

/** Whether something was active at an instant of the last day, or is active now. */
function mayHaveSpent({ active, changes }: ModelStatus, occurredAt: Date, now: Date): boolean {
  if (active || occurredAt >= now || occurredAt.getTime() < now.getTime() - DAY_MS) return active;
  const [next] = changes
    .filter(({ at }) => at > occurredAt)
    .sort((one, other) => one.at.getTime() - other.at.getTime());
  return next?.active === false;
}

const POOL_LIMIT = 10n ** 18n;
const ENTERPRISE_LIMIT = 9n * 10n ** 18n;

export class LedgerModel {
  timeZone = "UTC";
  entries: ModelEntry[] = [];
  /** The requests by id. Ids are unique within an organization, or without one. */
  requests = new Map<string, string>();
  events = new Map<
    string,
    { asked: string; balance: bigint; monthSpent: bigint; allowance: bigint | null }
  >();

  private readonly enterprise: { purchased: bigint };

  /** @param enterprise what all pools have bought, shared by the models of one database. */
  constructor(enterprise: { purchased: bigint }) {
    this.enterprise = enterprise;
  }

  private once(id: string, asked: string): Outcome | null {
    const before = this.requests.get(id);
    if (before === undefined) return null;
    return before === asked ? "repeated" : "idempotency_conflict";
  }

  private post(entry: Omit<ModelEntry, "reversed">, sign: 1n | -1n, as = entry.kind): void {
    const { type, organization, membership, month } = entry;
    const change = sign * entry.amount;
    if (as === "purchase") {
      type.purchased += change;
      type.available += change;
      this.enterprise.purchased += change;
    } else if (organization) {
      organization.moved = true;
      if (as === "allocation" || as === "return") {
        const into = as === "allocation" ? change : -change;
        type.available -= into;
        organization.balance += into;
      } else {
        organization.balance -= change;
        organization.spent += change;
        type.spent += change;
        if (membership) membership.months.set(month, (membership.months.get(month) ?? 0n) + change);
      }
    }
    this.entries.push({ ...entry, reversed: false });
  }

  purchase(id: string, type: ModelType, typeName: string, amount: bigint): Outcome {
    const asked = `purchase ${typeName} ${amount}`;
    const before = this.once(`- ${id}`, asked);
    if (before) return before;
    if (type.purchased + amount > POOL_LIMIT) return "pool_limit";
    if (this.enterprise.purchased + amount > ENTERPRISE_LIMIT) return "enterprise_limit";
    this.post({ kind: "purchase", amount, type, organization: null, membership: null, month: 0 }, 1n);
    this.requests.set(`- ${id}`, asked);
    return "ok";
  }

  transfer(
    kind: "allocation" | "return",
    id: string,
    organization: ModelOrganization,
    amount: bigint,
  ): Outcome {
    const asked = `${kind} ${amount}`;
    const key = `${organization.name} ${id}`;
    const before = this.once(key, asked);
    if (before) return before;
    const { type } = organization;
    if (amount > (kind === "allocation" ? type.available : organization.balance))
      return "insufficient_credits";
    this.post({ kind, amount, type, organization, membership: null, month: 0 }, 1n);
    this.requests.set(key, asked);
    return "ok";
  }

  setActive(subject: ModelStatus, active: boolean, at: Date): void {
    if (subject.active !== active) subject.changes.push({ at, active });
    subject.active = active;
  }

  spend(
    key: string,
    asked: string,
    membership: ModelMembership,
    amount: bigint,
    occurredAt: Date,
    now: Date,
  ): Outcome {
    const before = this.events.get(key);
    if (before) return before.asked === asked ? "duplicate" : "idempotency_conflict";
    // An event that was refused is sent again after the clock was set back.
    if (occurredAt.getTime() > now.getTime() + 300_000) return "invalid_request";
    const { organization } = membership;
    if (!mayHaveSpent(organization, occurredAt, now)) return "organization_inactive";
    if (!mayHaveSpent(membership, occurredAt, now)) return "member_inactive";
    if (amount > organization.balance) return "insufficient_credits";
    const month = monthOf(occurredAt, this.timeZone);
    const { choice } = membership;
    const allowance =
      choice.allowance === "organization"
        ? organization.allowance
        : choice.allowance === "own"
          ? choice.monthlyAllowance
          : null;
    if (allowance !== null && (membership.months.get(month) ?? 0n) + amount > allowance) {
      return "allowance_exceeded";
    }
    this.post({ kind: "spend", amount, type: organization.type, organization, membership, month }, 1n);
    this.events.set(key, {
      asked,
      balance: organization.balance,
      monthSpent: membership.months.get(month) ?? 0n,
      allowance,
    });
    return "ok";
  }

  reverse(id: string, index: number): Outcome {
    const entry = this.entries[index];
    if (!entry) return "entry_not_found";
    const asked = `reverse ${index}`;
    const key = `${entry.organization?.name ?? "-"} ${id}`;
    const before = this.once(key, asked);
    if (before) return before;
    if (entry.kind === "reversal") return "not_reversible";
    if (entry.reversed) return "already_reversed";
    const { type, organization, amount } = entry;
    const enough =
      entry.kind === "purchase" || entry.kind === "return"
        ? type.available >= amount
        : entry.kind === "allocation"
          ? (organization?.balance ?? 0n) >= amount
          : true;
    if (!enough) return "insufficient_credits";
    entry.reversed = true;
    this.post({ ...entry, kind: "reversal" }, -1n, entry.kind);
    this.requests.set(key, asked);
    return "ok";
  }
}
