import type { UsageRefusal } from "#lib/usage/rules/event.ts";

// Apart from the schemas, because the browser loads these and not zod.

/** The refusals for reasons of money or rights, as the usage API's problems name them. */
export const REFUSAL_CODES = [
  "insufficient_credits",
  "allowance_exceeded",
  "organization_inactive",
  "member_inactive",
  "member_not_found",
  "organization_not_found",
  "forbidden_organization",
  "idempotency_conflict",
  "too_many_applications",
] as const satisfies readonly UsageRefusal[];
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The code of a row that counts the refusals for which there was no more room in their minute. */
export const OTHERS = "others";
