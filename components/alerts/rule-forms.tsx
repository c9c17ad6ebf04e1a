"use client";

import { useState } from "react";
import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";
import { TAG_SUGGESTIONS } from "#components/organizations/tags-field.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** What a rule can watch, as its form offers it. */
export type KindChoice = { kind: string; label: string; hint: string };

const PAGE = "/settings/alerts";

/** Adds a rule. */
export function CreateRuleForm({ kinds, action }: { kinds: readonly KindChoice[]; action: FormAction }) {
  const [chosen, choose] = useState<string | null>(null);
  const tag = useSuggestions(TAG_SUGGESTIONS, () => {});
  const hint = kinds.find(({ kind }) => kind === chosen)?.hint;
  return (
    <Form action={action} back={PAGE}>
      {({ values }) => (
        <>
          <SelectField
            label="Watch"
            name="kind"
            initial={kinds[0]?.kind}
            options={kinds.map(({ kind, label }) => [kind, label])}
            onChange={(event) => choose(event.target.value)}
          />
          <TextField
            label="Threshold"
            name="threshold"
            inputMode="decimal"
            autoComplete="off"
            hint={
              hint ?? kinds.find(({ kind }) => kind === (values?.kind ?? kinds[0]?.kind))?.hint ?? undefined
            }
          />
          <OrganizationCodeField hint="A code, or a part of the name. Leave it empty for all organizations." />
          <TextField
            label="Tag"
            name="tag"
            maxLength={200}
            autoCapitalize="none"
            spellCheck={false}
            hint="Such as faculty:science. Organizations that get the tag later are included."
            {...tag.control}
          />
          {tag.list}
          <FormButtons button="Add rule" back={PAGE} />
        </>
      )}
    </Form>
  );
}

/** Changes a rule's threshold, or switches it off. */
export function EditRuleForm({
  id,
  rule,
  hint,
  action,
}: {
  id: number;
  rule: OriginalValues & { threshold: string; enabled: string };
  /** What the threshold may be; null where the rule has none. */
  hint: string | null;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} original={rule} back={PAGE}>
      {hint !== null && (
        <TextField
          label="Threshold"
          name="threshold"
          inputMode="decimal"
          autoComplete="off"
          required
          initial={rule.threshold}
          hint={hint}
        />
      )}
      <SelectField
        label="Status"
        name="enabled"
        initial={rule.enabled}
        options={[
          ["on", "On"],
          ["off", "Off"],
        ]}
        hint="Open alerts of a rule that is off are resolved."
      />
      <FormButtons button="Save rule" back={PAGE} />
    </Form>
  );
}

export function RemoveRuleForm({ id, action }: { id: number; action: FormAction }) {
  return (
    <Form action={action} fields={{ id: String(id) }}>
      <p className="text-muted">
        Its open alerts are resolved. Alerts that it opened before stay in the list.
      </p>
      <FormButtons button="Remove rule" variant="danger" />
    </Form>
  );
}
