"use client";

import { SelectBox } from "#components/ui/status-controls.tsx";
import { type Selection, StatusForm, type StatusFormProps } from "#components/ui/status-form.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { ChangeTagsForm } from "./change-tags-form.tsx";
import { type PackedRows, unpackRows } from "./packed-rows.ts";

/** The id of the form that the boxes and menus of the list belong to. */
export const STATUS_FORM = "organization-status";
const BULK_CREDITS = "/organizations/bulk/credits";

type Subject = { id: number; name: string; active: boolean };

/** What an admin must know before deactivating. */
export function OrganizationDeactivationMeaning() {
  return (
    <ul className="list-disc space-y-1 pl-5 text-muted">
      <li>New spending is blocked immediately.</li>
      <li>Balance, members and history stay as they are.</li>
      <li>You can reactivate at any time.</li>
    </ul>
  );
}

/** Changes the status of organizations; its page without JavaScript is `/organizations/status`. */
export function OrganizationStatusForm({
  changeTags,
  items,
  ...props
}: Pick<StatusFormProps, "total" | "viewQuery" | "back" | "action"> & {
  /** The organizations on the page. */
  items: StatusFormProps["items"] | PackedRows;
  /** On a list: changes the tags of a selection. */
  changeTags?: FormAction;
}) {
  return (
    <StatusForm
      {...props}
      items={"text" in items ? unpackRows(items) : items}
      id={STATUS_FORM}
      shown="[body:has([form=organization-status]:checked)_&]:flex"
      page="/organizations/status"
      one="organization"
      many="organizations"
      meaning={<OrganizationDeactivationMeaning />}
      {...(changeTags && {
        pages: [
          { label: "Add credits", page: BULK_CREDITS, name: "move", value: "allocation" },
          { label: "Return credits", page: BULK_CREDITS, name: "move", value: "return" },
          { label: "Set allowance", page: "/organizations/bulk/allowance", name: "set", value: "1" },
        ],
        other: {
          label: "Change tags",
          page: "/organizations/status/tags",
          form: (selection: Selection, onDone: () => void) => (
            <ChangeTagsForm selection={selection} back={props.back} action={changeTags} onDone={onDone} />
          ),
        },
      })}
    />
  );
}

export function SelectOrganization({ organization }: { organization: Subject }) {
  return <SelectBox form={STATUS_FORM} subject={organization} />;
}
