import { type ComponentProps, type ReactNode, useId } from "react";

type Common = { label: ReactNode; name: string; error?: string | undefined; hint?: ReactNode };

const CONTROL =
  "w-full rounded-md border border-line-strong bg-surface px-3 text-ink aria-invalid:border-danger disabled:bg-raised disabled:text-muted";

/** What ties label, hint and error to a control, for sight and for screen readers. */
function useControl({ error, hint }: Pick<Common, "error" | "hint">) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return {
    id,
    control: {
      id,
      ...(error && { "aria-invalid": true }),
      ...(described && { "aria-describedby": described }),
    },
  };
}

function Frame({ id, label, hint, error, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-[0.8125rem] font-medium text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  name,
  error,
  hint,
  className = "",
  ...props
}: Common & ComponentProps<"input">) {
  const { id, control } = useControl({ error, hint });
  return (
    <Frame {...{ id, label, name, error, hint }}>
      <input {...props} {...control} name={name} className={`${CONTROL} h-9 ${className}`} />
    </Frame>
  );
}

export function TextAreaField({
  label,
  name,
  error,
  hint,
  className = "",
  ...props
}: Common & ComponentProps<"textarea">) {
  const { id, control } = useControl({ error, hint });
  return (
    <Frame {...{ id, label, name, error, hint }}>
      <textarea {...props} {...control} name={name} className={`${CONTROL} py-2 ${className}`} />
    </Frame>
  );
}

export function SelectField({
  label,
  name,
  error,
  hint,
  className = "",
  ...props
}: Common & ComponentProps<"select">) {
  const { id, control } = useControl({ error, hint });
  return (
    <Frame {...{ id, label, name, error, hint }}>
      {/* The key remounts it when the default changes: React's form reset forgets a select's new default. */}
      <select
        key={String(props.defaultValue ?? "")}
        {...props}
        {...control}
        name={name}
        className={`${CONTROL} h-9 ${className}`}
      />
    </Frame>
  );
}

/** One of a fieldset's choices, of which one is always made. */
export function RadioChoice({
  name,
  value,
  checked,
  children,
}: {
  name: string;
  value: string;
  /** Chosen at first. */
  checked: boolean;
  children: ReactNode;
}) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="radio"
        name={name}
        value={value}
        required
        defaultChecked={checked}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span>{children}</span>
    </label>
  );
}
