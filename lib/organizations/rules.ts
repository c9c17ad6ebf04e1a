import { z } from "zod";
import { selectionFields } from "#lib/bulk/rules/changes.ts";
import { type ParsedCredits, parseCredits, parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { asTransform, idList, nameField, rowId, statusChange, viewQuery } from "#lib/fields.ts";
import { organizationCode } from "#lib/organization-codes/rules.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { readTag, readTags, tagsText } from "#lib/tags.ts";
import { foldForSearch } from "#lib/text.ts";

export const NAME_MAX_CHARACTERS = 200;

/** The folded columns of an organization: its sort key, and the text that search looks in. */
export function searchColumns(name: string, code: string): { nameKey: string; searchText: string } {
  const nameKey = foldForSearch(name);
  return { nameKey, searchText: `${nameKey}\n${foldForSearch(code)}` };
}

export const organizationName = nameField(NAME_MAX_CHARACTERS);

const optional = (parse: (text: string) => ParsedCredits) => (text: string) => {
  const trimmed = text.trim();
  return trimmed === "" ? { ok: true as const, value: null } : parse(trimmed);
};

/** A cell of a file: a decimal amount of credits, or empty for no limit. */
export const optionalCredits = z.string().transform(asTransform(optional(parseCredits)));

/** {@link optionalCredits} as a person types it. */
export const typedOptionalCredits = z.string().transform(asTransform(optional(parseTypedCredits)));

/** The tags of an organization as one text; see `readTags`. */
export const organizationTags = z.string().transform(asTransform(readTags));

export const createOrganizationInput = z.object({
  name: organizationName,
  code: organizationCode,
  creditType: rowId("Choose a credit type."),
  monthlyAllowance: typedOptionalCredits.default(null),
  /** Credits that come from the pool at once. */
  initialCredits: typedOptionalCredits.optional(),
  tags: organizationTags.optional(),
});
export type CreateOrganizationInput = z.output<typeof createOrganizationInput>;

/** The credit type is left out once credits have moved; the code too, unless an owner corrects it. */
export const updateOrganizationInput = z.object({
  id: rowId("Unknown organization."),
  name: organizationName,
  code: organizationCode.optional(),
  creditType: rowId("Choose a credit type.").optional(),
  monthlyAllowance: typedOptionalCredits,
  tags: organizationTags.optional(),
});
export type UpdateOrganizationInput = z.output<typeof updateOrganizationInput>;

/** An organization as its form of settings shows it; an empty allowance is no limit. */
export function organizationFormValues(organization: {
  name: string;
  code: string;
  creditTypeId: number;
  monthlyAllowance: bigint | null;
  tags: readonly string[];
}) {
  const { name, code, creditTypeId, monthlyAllowance, tags } = organization;
  return {
    name,
    code,
    creditType: String(creditTypeId),
    monthlyAllowance: monthlyAllowance === null ? "" : plainCredits(monthlyAllowance),
    tags: tagsText(tags),
  } satisfies OriginalValues;
}

export const changeStatusInput = statusChange("organizations");

/** The form that adds tags to some organizations or removes tags from them, or from all of a view. */
export const changeTagsInput = z.object({
  to: z.enum(["add", "remove"], "Choose to add or to remove."),
  tags: z
    .string()
    .transform(asTransform(readTags))
    .refine((tags) => tags.length > 0, "Enter a tag, such as faculty:science."),
  ids: idList("organizations"),
  view: viewQuery.optional(),
  expected: z.string().max(10_000).optional(),
});

/** Sets the allowance of several organizations. */
export const changeAllowanceInput = z.object({
  monthlyAllowance: typedOptionalCredits,
  ...selectionFields("organizations"),
});

const tagField = z.string().transform(asTransform(readTag));

export const renameTagInput = z.object({
  tag: tagField,
  to: tagField,
  /** What the question before merging two tags said would change. */
  expected: z.string().max(1_000).optional(),
});

export const removeTagInput = z.object({ tag: tagField });
