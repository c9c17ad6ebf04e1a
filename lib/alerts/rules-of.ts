import { sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import { alertRules, alertState, organizationTags } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type AlertKind, type AlertRule, isAlertKind } from "./rules/kinds.ts";

const value = sql.placeholder;

const RULE = { id: alertRules.id, kind: alertRules.kind, threshold: alertRules.threshold };

const statements = {
  state: statement((db) =>
    db
      .select({
        version: alertState.version,
        allowancesVersion: alertState.allowancesVersion,
        allowanceShares: alertState.allowanceShares,
      })
      .from(alertState),
  ),
  forEverything: statement((db) =>
    db
      .select(RULE)
      .from(alertRules)
      .where(
        sql`${alertRules.enabled} = 1 AND ${alertRules.organizationId} IS NULL AND ${alertRules.tag} IS NULL`,
      ),
  ),
  ofOrganization: statement((db) =>
    db
      .select(RULE)
      .from(alertRules)
      .where(sql`${alertRules.enabled} = 1 AND ${alertRules.organizationId} = ${value("organizationId")}`),
  ),
  /** Whether there is an enabled rule for an organization or a tag at all. */
  hasNarrow: statement((db) =>
    db
      .select({ id: alertRules.id })
      .from(alertRules)
      .where(
        sql`${alertRules.enabled} = 1 AND (${alertRules.organizationId} IS NOT NULL OR ${alertRules.tag} IS NOT NULL)`,
      )
      .limit(1),
  ),
  ofTags: statement((db) =>
    db
      .select(RULE)
      .from(organizationTags)
      .innerJoin(alertRules, sql`${alertRules.tag} = ${organizationTags.tag}`)
      .where(
        sql`${organizationTags.organizationId} = ${value("organizationId")} AND ${alertRules.enabled} = 1`,
      ),
  ),
};

type Row = { id: number; kind: string; threshold: bigint };

/** Rows as rules, without those of a kind that this version does not have. */
const rulesFrom = (rows: readonly Row[]): AlertRule[] =>
  rows.flatMap(({ kind, ...rule }) => (isAlertKind(kind) ? [{ ...rule, kind }] : []));

/**
 * What a posting needs of all rules: their version, the version with which rules about allowances last changed, and the
 * percentages of allowances, lowest first.
 */
export type RulesSummary = {
  version: number;
  allowancesVersion: number;
  allowanceShares: readonly bigint[];
};

// The shares of the row that was read last: the same text is parsed once.
let parsed: { text: string; shares: readonly bigint[] } = { text: "[]", shares: [] };

/** Reads the {@link RulesSummary} of a database. */
export function rulesSummary(db: Database): RulesSummary {
  const [version = 0n, allowancesVersion = 0n, text = "[]"] =
    statements.state.list<[bigint, bigint, string]>({}, db) ?? [];
  if (text !== parsed.text) parsed = { text, shares: (JSON.parse(text) as number[]).map(BigInt) };
  return {
    version: Number(version),
    allowancesVersion: Number(allowancesVersion),
    allowanceShares: parsed.shares,
  };
}

/** The enabled rules that apply to an organization, or to what has none. Rules for everything are read once. */
export function rulesReader(db: Database) {
  let forEverything: readonly AlertRule[] | undefined;
  let hasNarrow: boolean | undefined;
  const common = () => {
    forEverything ??= rulesFrom(statements.forEverything.all({}, db));
    return forEverything;
  };
  return {
    /** Of what belongs to no organization: pools, keys of the enterprise, the portal. */
    ofEnterprise: (kinds: readonly AlertKind[]) => common().filter(({ kind }) => kinds.includes(kind)),
    /** Each rule once, also where it reaches the organization by several tags. */
    ofOrganization(organizationId: number, kinds: readonly AlertKind[]): AlertRule[] {
      hasNarrow ??= statements.hasNarrow.list({}, db) !== undefined;
      if (!hasNarrow) return common().filter(({ kind }) => kinds.includes(kind));
      const own = rulesFrom(statements.ofOrganization.all({ organizationId }, db));
      const tagged = rulesFrom(statements.ofTags.all({ organizationId }, db));
      return [...common(), ...own, ...tagged].filter(({ kind }) => kinds.includes(kind));
    },
  };
}

export type RulesReader = ReturnType<typeof rulesReader>;
