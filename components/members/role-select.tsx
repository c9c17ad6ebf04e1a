"use client";

import { SelectField } from "#components/ui/field.tsx";
import { MEMBER_ROLES, type MemberRole } from "#lib/members/rules/choices.ts";
import { ROLE_LABELS, ROLE_MEANING } from "./words.ts";

/** The role of a membership. */
export function RoleSelect({
  initial = "creator",
  autoFocus = false,
}: {
  initial?: MemberRole;
  autoFocus?: boolean;
}) {
  return (
    <SelectField
      label="Role"
      name="role"
      initial={initial}
      autoFocus={autoFocus}
      hint={ROLE_MEANING}
      options={MEMBER_ROLES.map((role) => [role, ROLE_LABELS[role]])}
    />
  );
}
