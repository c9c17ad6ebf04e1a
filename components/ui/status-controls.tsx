import { Button } from "./button.tsx";

type Subject = { id: number; name: string; active: boolean };

/** A box of the list over which a `StatusForm` of the id `form` stands. */
export function SelectBox({ form, subject }: { form: string; subject: Subject }) {
  return (
    <input
      type="checkbox"
      form={form}
      name="id"
      value={subject.id}
      aria-label={`Select ${subject.name}`}
      className="mt-0.5 size-4 shrink-0 accent-accent"
    />
  );
}

/** Activates or deactivates this one, whatever else is selected. */
export function ToggleButton({ form, subject }: { form: string; subject: Subject }) {
  const { id, name, active } = subject;
  return (
    <Button
      type="submit"
      form={form}
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
