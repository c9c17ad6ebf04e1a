"use client";

import { Alert } from "#components/ui/alert.tsx";
import { TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import { TAG_SUGGESTIONS } from "./tags-field.tsx";

export type TagFormProps = {
  tag: string;
  /** How many organizations have it. */
  organizations: number;
  action: FormAction;
  /** In a dialog: closes it. */
  onDone?: () => void;
};

/** Where both forms return to. */
export const TAGS_PAGE = "/settings/tags";

const count = (organizations: number) =>
  `${formatCount(organizations)} ${organizations === 1 ? "organization" : "organizations"}`;

export function RenameTagForm({ tag, organizations, action, onDone }: TagFormProps) {
  const { control, list } = useSuggestions(TAG_SUGGESTIONS, () => {});
  return (
    <Form action={action} fields={{ tag }} back={TAGS_PAGE} onDone={onDone}>
      {({ question, values = {} }) => (
        <>
          <TextField
            label="New tag"
            name="to"
            required
            autoFocus
            initial={tag}
            spellCheck={false}
            autoCapitalize="none"
            hint={`It takes the place of ${tag} in ${count(organizations)}.`}
            {...control}
          />
          {list}
          {question && (
            <>
              <Alert tone="warning">
                {values.to} exists already. Merging the two cannot be undone. {count(question.changes)} of{" "}
                {formatCount(question.total)} with {tag} {question.changes === 1 ? "gets" : "get"} it
                {question.changes < question.total && "; the others have both"}.
              </Alert>
              <HiddenFields fields={{ expected: question.expected }} />
            </>
          )}
          <FormButtons
            button={question ? "Merge" : "Rename"}
            variant={question ? "danger" : "primary"}
            {...(onDone ? { onCancel: onDone } : { back: TAGS_PAGE })}
          />
        </>
      )}
    </Form>
  );
}

export function RemoveTagForm({ tag, organizations, action, onDone }: TagFormProps) {
  return (
    <Form action={action} fields={{ tag }} back={TAGS_PAGE} onDone={onDone}>
      <p>
        <span className="font-medium break-all">{tag}</span> is removed from {count(organizations)}. The audit
        trail records which ones.
      </p>
      <FormButtons
        button="Remove"
        variant="danger"
        {...(onDone ? { onCancel: onDone } : { back: TAGS_PAGE })}
      />
    </Form>
  );
}
