import { StatusForm as Form, type StatusFormProps } from "#components/ui/status-form.tsx";
import { DeactivationMeaning } from "./deactivation-meaning.tsx";

/** The form that the list's boxes and buttons belong to. */
export const STATUS_FORM = "organization-status";

/** Changes the status of organizations; its page without JavaScript is `/organizations/status`. */
export function StatusForm(
  props: Pick<StatusFormProps, "items" | "total" | "viewQuery" | "back" | "action">,
) {
  return (
    <Form
      {...props}
      id={STATUS_FORM}
      shown="[body:has([form=organization-status]:checked)_&]:flex"
      page="/organizations/status"
      one="organization"
      many="organizations"
      meaning={<DeactivationMeaning />}
    />
  );
}
