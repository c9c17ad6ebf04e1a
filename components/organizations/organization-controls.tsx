import { Button } from "#components/ui/button.tsx";

/** The form that the list's boxes and buttons belong to; it leads to the page that asks before anything changes. */
export const STATUS_FORM = "organization-status";

type Subject = { id: number; name: string; active: boolean };

export function SelectOrganization({ organization }: { organization: Subject }) {
  return (
    <input
      type="checkbox"
      form={STATUS_FORM}
      name="id"
      value={organization.id}
      aria-label={`Select ${organization.name}`}
      className="mt-0.5 size-4 shrink-0 accent-accent"
    />
  );
}

/** Activates or deactivates this one organization, whatever else is selected. */
export function ToggleButton({ organization }: { organization: Subject }) {
  const { id, name, active } = organization;
  return (
    <Button
      type="submit"
      form={STATUS_FORM}
      name="only"
      value={`${active ? "deactivate" : "activate"}-${id}`}
      size="sm"
      variant={active ? "danger" : "secondary"}
    >
      {active ? "Deactivate" : "Activate"}
      <span className="sr-only"> {name}</span>
    </Button>
  );
}
