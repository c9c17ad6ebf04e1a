"use client";

import { Alert } from "#components/ui/alert.tsx";
import { RadioChoice, useFieldsetNotes } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import type { Selection } from "#components/ui/status-form.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { ViewChange } from "#lib/status-change.ts";
import { TagsField } from "./tags-field.tsx";

const organizations = (count: number) =>
  `${formatCount(count)} ${count === 1 ? "organization" : "organizations"}`;

/** Adds tags to a selection or removes them. It asks with the number that would change, before it changes anything. */
export function ChangeTagsForm({
  selection: { ids, view, total },
  back,
  action,
  onDone,
}: {
  selection: Selection;
  back: string;
  action: FormAction;
  /** In a dialog: closes it. */
  onDone?: () => void;
}) {
  return (
    <Form
      action={action}
      fields={view === null ? { ids: ids.join(",") } : { view }}
      back={back}
      onDone={onDone}
    >
      {({ question, values = {} }) => (
        <>
          <p className="text-muted">{organizations(total)} selected.</p>
          <Direction />
          <TagsField required />
          {question && (
            <>
              <Alert tone="warning">{questionText(values.to === "remove", question)}</Alert>
              <HiddenFields fields={{ expected: question.expected }} />
            </>
          )}
          <FormButtons
            button={
              !question
                ? "Continue"
                : values.to === "remove"
                  ? `Remove from ${organizations(question.changes)}`
                  : `Add to ${organizations(question.changes)}`
            }
            {...(onDone ? { onCancel: onDone } : { back })}
          />
        </>
      )}
    </Form>
  );
}

function questionText(removes: boolean, { changes, total }: ViewChange): string {
  const others = total - changes;
  if (others === 0) return `${organizations(changes)} will change.`;
  const change = `${organizations(changes)} of ${formatCount(total)} will change.`;
  const have = others === 1 ? "has" : "have";
  return `${change} ${formatCount(others)} ${removes ? `${have} no such tag` : `${have} the tags already`}.`;
}

function Direction() {
  const { describedBy, notes } = useFieldsetNotes("to");
  return (
    <fieldset className="grid gap-1.5" aria-describedby={describedBy}>
      <legend className="sr-only">Change</legend>
      <RadioChoice name="to" value="add" initial>
        Add tags
      </RadioChoice>
      <RadioChoice name="to" value="remove" initial={false}>
        Remove tags
      </RadioChoice>
      {notes}
    </fieldset>
  );
}
