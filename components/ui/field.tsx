"use client";

import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { Conflict } from "#lib/stale-edit.ts";
import { useFormAnswer } from "./form-answer.ts";
import { useScriptOnlyClass } from "./hydrated.ts";

type Common = {
  label: ReactNode;
  name: string;
  hint?: ReactNode;
  /** The text at first, before anything was typed. */
  initial?: string | undefined;
};

const CONTROL =
  "w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-ink aria-invalid:border-danger disabled:bg-raised disabled:text-muted";

/**
 * The value of a field, and what ties its label, hint, error and conflict to it.
 *
 * @param autoFocus whether it has the focus when the page of its form opens. After a refusal, the first field at fault
 *   has it instead.
 */
function useControl({
  name,
  hint,
  initial,
  autoFocus = false,
}: Pick<Common, "name" | "hint" | "initial"> & { autoFocus?: boolean | undefined }) {
  const { values, errors, conflicts, finished } = useFormAnswer();
  const id = useId();
  const error = errors?.[name];
  const conflict = conflicts?.[name];
  const [firstAtFault] = Object.keys(errors ?? conflicts ?? {});
  const described = [hint && `${id}-hint`, conflict && `${id}-conflict`, error && `${id}-error`];
  return {
    frame: { id, hint, error, conflict },
    control: {
      id,
      name,
      ...(error && { "aria-invalid": true }),
      ...(conflict && { "data-conflict": "" }),
      // The browser follows this attribute when it loads a page, React when it draws the field on a page that is there.
      autoFocus: firstAtFault === undefined ? autoFocus : name === firstAtFault,
      "aria-describedby": described.filter(Boolean).join(" ") || undefined,
    },
    value: (finished ? undefined : values?.[name]) ?? initial,
  };
}

function Frame({
  id,
  label,
  hint,
  error,
  conflict,
  shown,
  hidesLabel = false,
  children,
}: {
  id: string;
  label: ReactNode;
  hidesLabel?: boolean;
  hint: ReactNode;
  error: string | undefined;
  conflict: Conflict | undefined;
  /** How a value is written for a person. */
  shown?: (value: string) => string;
  children: ReactNode;
}) {
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className={hidesLabel ? "sr-only" : "font-medium"}>
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-muted">
          {hint}
        </p>
      )}
      <ConflictNote id={`${id}-conflict`} conflict={conflict} {...(shown && { shown })} />
      <ErrorNote id={`${id}-error`} error={error} />
    </div>
  );
}

function ErrorNote({ id, error }: { id: string; error: string | undefined }) {
  if (!error) return null;
  return (
    <p id={id} className="text-[0.8125rem] font-medium wrap-anywhere text-danger">
      {error}
    </p>
  );
}

/** The value that another user saved in a field while the form was open. */
function ConflictNote({
  id,
  conflict,
  shown = (value) => value,
}: {
  id: string;
  conflict: Conflict | undefined;
  shown?: (value: string) => string;
}) {
  if (!conflict) return null;
  const text = (value: string) => (
    <span className="text-ink">{shown(value).replaceAll("\n", ", ") || "empty"}</span>
  );
  return (
    <p id={id} className="text-[0.8125rem] font-medium wrap-anywhere text-warning">
      {conflict.typed === null ? "Was" : "You typed"} {text(conflict.typed ?? conflict.was)} · Now{" "}
      {text(conflict.now)}
    </p>
  );
}

export function TextField({
  label,
  name,
  hint,
  initial,
  className = "",
  ...props
}: Common & ComponentProps<"input">) {
  const { frame, control, value } = useControl({ name, hint, initial, autoFocus: props.autoFocus });
  return (
    <Frame {...frame} label={label}>
      <input
        {...(props.value === undefined && { defaultValue: value })}
        {...props}
        {...control}
        className={`${CONTROL} h-9 ${className}`}
      />
    </Frame>
  );
}

/**
 * A field for a password, with a button that shows what was typed. The button needs JavaScript. It hides the password
 * again when the form is sent, because a browser may remember the text of an ordinary field.
 */
export function PasswordField({
  label,
  name,
  hint,
  autoFocus,
  ...props
}: Omit<Common, "initial"> & Omit<ComponentProps<"input">, "type" | "className">) {
  const { frame, control } = useControl({ name, hint, initial: undefined, autoFocus });
  const [shown, setShown] = useState(false);
  const scriptOnly = useScriptOnlyClass();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const form = input.current?.form;
    const hide = () => setShown(false);
    form?.addEventListener("submit", hide);
    return () => form?.removeEventListener("submit", hide);
  }, []);
  return (
    <Frame {...frame} label={label}>
      <div className="relative">
        <input
          {...props}
          {...control}
          ref={input}
          type={shown ? "text" : "password"}
          autoCapitalize="none"
          spellCheck={false}
          className={`${CONTROL} h-9 pr-16`}
        />
        <button
          type="button"
          aria-label={shown ? "Hide what you typed" : "Show what you typed"}
          aria-controls={control.id}
          onClick={() => setShown(!shown)}
          className={`absolute inset-y-1 right-1 rounded px-2 text-[0.8125rem] font-medium text-muted hover:bg-raised hover:text-ink ${scriptOnly}`}
        >
          {shown ? "Hide" : "Show"}
        </button>
      </div>
    </Frame>
  );
}

/**
 * A field for one email address. Its type is not `email`, because a browser then refuses letters outside ASCII before the
 * @, which RFC 6531 allows and Bursar accepts, and rewrites the domain.
 */
export function EmailField(props: Omit<ComponentProps<typeof TextField>, "type">) {
  return <TextField inputMode="email" autoCapitalize="none" spellCheck={false} {...props} />;
}

export function TextAreaField({
  label,
  name,
  hint,
  initial,
  className = "",
  ...props
}: Common & ComponentProps<"textarea">) {
  const { frame, control, value } = useControl({ name, hint, initial, autoFocus: props.autoFocus });
  return (
    <Frame {...frame} label={label}>
      <textarea defaultValue={value} {...props} {...control} className={`${CONTROL} py-2 ${className}`} />
    </Frame>
  );
}

export function SelectField({
  label,
  name,
  hint,
  initial,
  options,
  small = false,
  className = "",
  ...props
}: Common & {
  options: readonly (readonly [value: string, label: string])[];
  /** As high as a small button beside it; its label is for screen readers alone. */
  small?: boolean;
} & ComponentProps<"select">) {
  const { frame, control, value } = useControl({ name, hint, initial, autoFocus: props.autoFocus });
  const shown = (text: string) => options.find(([option]) => option === text)?.[1] ?? text;
  return (
    <Frame {...frame} label={label} shown={shown} hidesLabel={small}>
      {/* The key remounts it when the default changes: React's form reset forgets a select's new default. */}
      <select
        key={value ?? ""}
        defaultValue={value}
        {...props}
        {...control}
        className={`${CONTROL} ${small ? "h-8 text-[0.8125rem]" : "h-9"} ${className}`}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** What ties the notes under a fieldset's choices to it. */
export function useFieldsetNotes(name: string, shown?: (value: string) => string) {
  const { errors, conflicts } = useFormAnswer();
  const id = useId();
  const error = errors?.[name];
  const conflict = conflicts?.[name];
  const described = [conflict && `${id}-conflict`, error && `${id}-error`];
  return {
    describedBy: described.filter(Boolean).join(" ") || undefined,
    isWrong: error !== undefined,
    notes: (
      <>
        <ConflictNote id={`${id}-conflict`} conflict={conflict} {...(shown && { shown })} />
        <ErrorNote id={`${id}-error`} error={error} />
      </>
    ),
  };
}

/** One of a fieldset's choices, of which one is always made. */
export function RadioChoice({
  name,
  value,
  initial,
  children,
}: {
  name: string;
  value: string;
  /** Chosen at first. */
  initial: boolean;
  children: ReactNode;
}) {
  const { values } = useFormAnswer();
  const chosen = values?.[name];
  return (
    <label className="flex items-start gap-2">
      <input
        type="radio"
        name={name}
        value={value}
        required
        defaultChecked={chosen === undefined ? initial : chosen === value}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </label>
  );
}
