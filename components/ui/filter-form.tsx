"use client";

import { type ReactNode, useState } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";

/** The look of an input or select among the filters of a list. */
export const FILTER_CONTROL =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-ink";

/** What is typed in, until the view itself is another: after Back, or a link on the page. */
export function useTyped<T extends Record<string, string>>(shown: T): [T, (typed: T) => void] {
  const key = JSON.stringify(shown);
  const [typed, setTyped] = useState(shown);
  const [previousKey, setPreviousKey] = useState(key);
  if (key !== previousKey) {
    setPreviousKey(key);
    setTyped(shown);
  }
  return [typed, setTyped];
}

/** The filters of a list with "Apply"; with JavaScript off the form sends them to the same URL. */
export function FilterForm({
  path,
  pending,
  clear,
  onApply,
  children,
}: {
  path: string;
  pending: boolean;
  /** Whether a filter is set. A link then clears it. */
  clear: boolean;
  onApply: () => void;
  children: ReactNode;
}) {
  return (
    <search className="mb-5">
      <form
        action={path}
        method="get"
        aria-busy={pending}
        onSubmit={(event) => {
          event.preventDefault();
          onApply();
        }}
        className="grid grid-cols-2 items-end gap-2 sm:grid-cols-3 lg:grid-cols-4"
      >
        {children}
        <div className="flex gap-2">
          <Button type="submit" className="flex-1">
            Apply
          </Button>
          {clear && (
            <SoftLink href={path} scroll={false} className={buttonClass({ variant: "ghost" })}>
              Clear
            </SoftLink>
          )}
        </div>
      </form>
    </search>
  );
}

/** A control under its label. */
export function FilterField({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="grid min-w-0 gap-1 text-[0.8125rem] text-muted">
      {label}
      {children}
    </label>
  );
}

/** A day among the filters, as "2026-11-24". */
export function FilterDay({
  label,
  name,
  value,
  onType,
}: {
  label: string;
  name: string;
  value: string;
  onType: (value: string) => void;
}) {
  return (
    <FilterField label={label}>
      <input
        type="date"
        name={name}
        min="1970-01-01"
        max="9999-12-31"
        value={value}
        onChange={(event) => onType(event.target.value)}
        className={FILTER_CONTROL}
      />
    </FilterField>
  );
}
