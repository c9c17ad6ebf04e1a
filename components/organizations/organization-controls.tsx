import { SelectBox, ToggleButton as Toggle } from "#components/ui/status-controls.tsx";
import { STATUS_FORM } from "./status-form.tsx";

type Subject = { id: number; name: string; active: boolean };

export function SelectOrganization({ organization }: { organization: Subject }) {
  return <SelectBox form={STATUS_FORM} subject={organization} />;
}

export function ToggleButton({ organization }: { organization: Subject }) {
  return <Toggle form={STATUS_FORM} subject={organization} />;
}
