import { z } from "zod";
import { selectionFields } from "#lib/bulk/rules/changes.ts";
import { parseCredits, parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { emailAddress, emailKey } from "#lib/email.ts";
import { nameField, rowId, statusChange } from "#lib/fields.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { foldForSearch, tidyName } from "#lib/text.ts";
import { ALLOWANCES, MEMBER_ROLES, type MemberRole, membershipFormValues } from "./rules/choices.ts";

export { ALLOWANCES, MEMBER_ROLES, type MemberRole, membershipFormValues };

const MEMBER_NAME_MAX_CHARACTERS = 200;

/** Whose monthly allowance counts for a membership: the organization's, its own (micro-credits), or none at all. */
export type AllowanceChoice =
  | { allowance: "organization"; monthlyAllowance: null }
  | { allowance: "own"; monthlyAllowance: bigint }
  | { allowance: "unlimited"; monthlyAllowance: null };

/** What a member may spend in a month, in micro-credits; null is no limit. */
export function effectiveAllowance(
  membership: { allowance: AllowanceChoice["allowance"]; monthlyAllowance: bigint | null },
  organizationAllowance: bigint | null,
): bigint | null {
  switch (membership.allowance) {
    case "organization":
      return organizationAllowance;
    case "own":
      return membership.monthlyAllowance;
    case "unlimited":
      return null;
  }
}

/** "92%": the part of an allowance that is spent, from 80% on; null below that and where nothing can be near. */
export function nearAllowancePercent(spent: bigint, allowance: bigint | null): string | null {
  if (allowance === null || spent <= 0n || spent * 5n < allowance * 4n) return null;
  return allowance === 0n ? "over" : `${(spent * 100n) / allowance}%`;
}

/** What is left of an allowance, never below zero; null is no limit. */
export function remainingAllowance(allowance: bigint | null, spent: bigint): bigint | null {
  if (allowance === null) return null;
  return spent >= allowance ? 0n : allowance - spent;
}

/** "" for the organization's, "250" or "unlimited": as the members' CSV and the audit write it. */
export function allowanceText(choice: {
  allowance: AllowanceChoice["allowance"];
  monthlyAllowance: bigint | null;
}): string {
  if (choice.allowance === "unlimited") return "unlimited";
  return choice.monthlyAllowance === null ? "" : plainCredits(choice.monthlyAllowance);
}

/**
 * The folded columns of a member: the sort key, and the text that search looks in, which has former emails too. An
 * email of an international domain is in it both as it is written and with the domain in ASCII, because people search
 * for either.
 */
export function memberSearchColumns(
  name: string,
  email: string,
  formerEmails: readonly string[] = [],
): { nameKey: string; searchText: string } {
  const nameKey = foldForSearch(name);
  const emails = new Set(
    [email, ...formerEmails].flatMap((one) => [foldForSearch(one), foldForSearch(emailKey(one))]),
  );
  return { nameKey, searchText: [nameKey, ...emails].join("\n") };
}

export const memberName = nameField(MEMBER_NAME_MAX_CHARACTERS);

/** The name of a person when only the email is known: the part before the @, cut to the length of a name. */
export function nameFromEmail(email: string): string {
  return tidyName(email.slice(0, email.lastIndexOf("@"))).slice(0, MEMBER_NAME_MAX_CHARACTERS);
}

export const memberRole = z.enum(MEMBER_ROLES, "Choose a role: admin, creator or viewer.");

/** The two fields of a form that choose an allowance; the amount counts only with a limit of one's own. */
const allowanceFields = {
  allowance: z.enum(ALLOWANCES, "Choose whose allowance counts."),
  monthlyAllowance: z.string().default(""),
};

function chooseAllowance(
  { allowance, monthlyAllowance }: { allowance: (typeof ALLOWANCES)[number]; monthlyAllowance: string },
  context: z.RefinementCtx,
): AllowanceChoice {
  if (allowance !== "own") return { allowance, monthlyAllowance: null };
  const text = monthlyAllowance.trim();
  const parsed =
    text === ""
      ? { ok: false as const, message: "Enter how many credits may be spent in a month." }
      : parseTypedCredits(text);
  if (parsed.ok) return { allowance, monthlyAllowance: parsed.value };
  context.addIssue({ code: "custom", message: parsed.message, path: ["monthlyAllowance"] });
  return z.NEVER;
}

/** Reads what {@link allowanceText} writes: "", "250" or "unlimited". */
export const allowanceCell = z.string().transform((text, context): AllowanceChoice => {
  const cell = text.trim();
  if (cell === "") return { allowance: "organization", monthlyAllowance: null };
  if (cell.toLowerCase() === "unlimited") return { allowance: "unlimited", monthlyAllowance: null };
  const parsed = parseCredits(cell);
  if (parsed.ok) return { allowance: "own", monthlyAllowance: parsed.value };
  context.addIssue({
    code: "custom",
    message: `${parsed.message} Or leave it empty for the organization's allowance, or enter unlimited.`,
  });
  return z.NEVER;
});

export const addMemberInput = z
  .object({
    /** A code. */
    organization: z.string().trim().min(1, "Enter the code of an organization."),
    name: memberName,
    email: emailAddress,
    role: memberRole,
    ...allowanceFields,
  })
  .transform(({ allowance, monthlyAllowance, ...rest }, context) => ({
    ...rest,
    ...chooseAllowance({ allowance, monthlyAllowance }, context),
  }));
export type AddMemberInput = z.output<typeof addMemberInput>;

export const updateMembershipInput = z
  .object({ id: rowId("Unknown membership."), role: memberRole, ...allowanceFields })
  .transform(({ allowance, monthlyAllowance, ...rest }, context) => ({
    ...rest,
    ...chooseAllowance({ allowance, monthlyAllowance }, context),
  }));
export type UpdateMembershipInput = z.output<typeof updateMembershipInput>;

/** What a member may still spend in an organization this month; micro-credits. */
export type SpendingLimit = {
  mayStillSpend: bigint;
  /** What keeps it at that: the rest of the allowance, the organization's balance, or a status. */
  by: "allowance" | "balance" | "member_inactive" | "organization_inactive";
};

/** The limits that a usage event meets, as of now: status, allowance and balance. */
export function spendingLimit({
  active,
  effectiveAllowance,
  spentThisMonth,
  organization,
}: {
  active: boolean;
  /** Null is no limit. */
  effectiveAllowance: bigint | null;
  spentThisMonth: bigint;
  organization: { active: boolean; balance: bigint };
}): SpendingLimit {
  if (!organization.active) return { mayStillSpend: 0n, by: "organization_inactive" };
  if (!active) return { mayStillSpend: 0n, by: "member_inactive" };
  const left = remainingAllowance(effectiveAllowance, spentThisMonth);
  return left !== null && left <= organization.balance
    ? { mayStillSpend: left, by: "allowance" }
    : { mayStillSpend: organization.balance, by: "balance" };
}

/** `member` stays; the person of `email` is merged into it. */
export const mergeMembersInput = z.object({ member: rowId("Unknown member."), email: emailAddress });
export type MergeMembersInput = z.output<typeof mergeMembersInput>;

export const removeMembershipInput = z.object({ id: rowId("Unknown membership.") });
export type RemoveMembershipInput = z.output<typeof removeMembershipInput>;

export const updateMemberInput = z.object({
  id: rowId("Unknown member."),
  name: memberName,
  email: emailAddress,
});
export type UpdateMemberInput = z.output<typeof updateMemberInput>;

export const addAliasInput = z.object({ member: rowId("Unknown member."), email: emailAddress });
export type AddAliasInput = z.output<typeof addAliasInput>;

export const removeAliasInput = z.object({ id: rowId("Unknown address.") });
export type RemoveAliasInput = z.output<typeof removeAliasInput>;

/** A person as the form of name and email shows them. */
export function memberFormValues({ name, email }: { name: string; email: string }) {
  return { name, email } satisfies OriginalValues;
}

export const changeMembershipsStatusInput = statusChange("members").extend({
  /** Whose the view is. */
  organization: rowId("Unknown organization.").optional(),
});

/** What can be changed of several memberships at once, beside their status. */
export const MEMBERSHIP_FIELDS = ["allowance", "role"] as const;
export type MembershipField = (typeof MEMBERSHIP_FIELDS)[number];

/** The values of a form that sets a role or an allowance. */
const membershipValue = {
  set: z.enum(MEMBERSHIP_FIELDS, "Choose what to set."),
  role: memberRole.optional(),
  allowance: allowanceFields.allowance.optional(),
  monthlyAllowance: allowanceFields.monthlyAllowance,
};

/** What {@link membershipValue} sets, as the audit trail writes it. */
function valueToSet(
  {
    set,
    role,
    allowance,
    monthlyAllowance,
  }: {
    set: MembershipField;
    role?: MemberRole | undefined;
    allowance?: (typeof ALLOWANCES)[number] | undefined;
    monthlyAllowance: string;
  },
  context: z.RefinementCtx,
): string {
  if (set === "role") {
    if (role !== undefined) return role;
    context.addIssue({ code: "custom", message: "Choose a role.", path: ["role"] });
    return z.NEVER;
  }
  if (allowance !== undefined) {
    const choice: Partial<AllowanceChoice> = chooseAllowance({ allowance, monthlyAllowance }, context);
    // What is refused is z.NEVER, which has no choice.
    return choice.allowance === undefined ? z.NEVER : allowanceText(choice as AllowanceChoice);
  }
  context.addIssue({ code: "custom", message: "Choose whose allowance counts.", path: ["allowance"] });
  return z.NEVER;
}

/** The value that the page of a change shows the preview of. */
export const membershipValueInput = z
  .object(membershipValue)
  .transform((input, context) => ({ field: input.set, to: valueToSet(input, context) }));

/** Sets the role or the allowance of several memberships, as the preview showed it. */
export const changeMembershipsInput = z
  .object({
    ...membershipValue,
    ...selectionFields("members"),
    /** Whose the view is. */
    organization: rowId("Unknown organization.").optional(),
  })
  .transform((input, context) => ({ ...input, to: valueToSet(input, context) }));

/** A membership with one of its values before a change and after it. */
export function membershipChange<Line extends { role: MemberRole; allowance: string }>(
  line: Line,
  field: MembershipField,
  after: string,
): Line & { before: string; after: string } {
  return { ...line, before: line[field], after };
}
