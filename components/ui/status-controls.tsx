type Subject = { id: number; name: string; active: boolean };

/** The checkbox of a row; `form` is the id of its `StatusForm`. */
export function SelectBox({ form, subject }: { form: string; subject: Subject }) {
  return (
    <input
      type="checkbox"
      form={form}
      name="id"
      value={subject.id}
      aria-label={`Select ${subject.name}`}
      className="select-box"
    />
  );
}

/** Activates or deactivates this row alone, whatever is selected. An entry of a menu. */
export function StatusMenuItem({ form, subject }: { form: string; subject: Subject }) {
  const { id, name, active } = subject;
  return (
    <button type="submit" form={form} name="only" value={`${active ? "deactivate" : "activate"}-${id}`}>
      {active ? "Deactivate" : "Activate"}
      <span className="sr-only"> {name}</span>
    </button>
  );
}
