"use client";

import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { TextAreaField } from "#components/ui/field.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { MemberAction } from "./member-forms.tsx";

/** From which e-mail domains unknown members are added by their first usage; empty turns that off. */
export function ApprovedDomainsForm({
  organizationId,
  domains,
  action,
}: {
  organizationId: number;
  domains: readonly string[];
  action: MemberAction;
}) {
  const [{ message, values = {}, errors = {} }, submit] = useActionState(action, {});
  const problem = message ?? errors.organization;
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <input type="hidden" name="organization" value={organizationId} />
      <TextAreaField
        label="Approved e-mail domains"
        name="domains"
        rows={Math.min(Math.max(domains.length + 1, 3), 10)}
        autoComplete="off"
        spellCheck={false}
        placeholder="example.edu"
        hint="One per line. Write *.example.edu to include subdomains such as students.example.edu."
        defaultValue={values.domains ?? domains.join("\n")}
        error={errors.domains}
      />
      <div className="flex justify-end">
        <SubmitButton>Save domains</SubmitButton>
      </div>
    </form>
  );
}
