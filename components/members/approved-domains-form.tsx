"use client";

import { TextAreaField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** The email domains whose unknown members are added by their first usage; an empty list turns that off. */
export function ApprovedDomainsForm({
  organizationId,
  values,
  back,
  action,
}: {
  organizationId: number;
  /** One domain a line. */
  values: OriginalValues & { domains: string };
  /** This form's own page. */
  back: string;
  action: FormAction;
}) {
  const lines = values.domains.split("\n").length;
  return (
    <Form
      action={action}
      fields={{ organization: String(organizationId) }}
      original={values}
      back={back}
      stays
    >
      <TextAreaField
        label="Approved email domains"
        name="domains"
        rows={Math.min(Math.max(lines + 1, 3), 10)}
        autoComplete="off"
        spellCheck={false}
        placeholder="example.edu"
        hint="One per line. Write *.example.edu to include subdomains such as students.example.edu."
        initial={values.domains}
      />
      <FormButtons button="Save domains" />
    </Form>
  );
}
