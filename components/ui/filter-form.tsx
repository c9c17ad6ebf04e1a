"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useId, useOptimistic, useRef, useState, useTransition } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatDay, isoDay, parseDay, parseIsoDay } from "#lib/calendar.ts";
import type { DateFormat } from "#lib/time.ts";
import { useScriptOnlyClass } from "./hydrated.ts";

/** The look of an input or select in a {@link FilterField}, which draws the border of both. */
export const FILTER_CONTROL =
  "h-full min-w-0 max-w-full rounded-none bg-transparent text-ink outline-none [field-sizing:content]";

/**
 * What is typed into text filters. The answer to what was sent may write a text in another way, such as a member's whole
 * email, but not where more was typed since then. Another view, after Back or a link, has its own texts.
 *
 * @param shown the texts of the view
 * @param address the view's own
 * @param pending whether an answer is on its way
 * @returns the texts, what to tell of a change of them, and what to tell of those that are sent
 */
export function useFilterText<Text extends Record<string, string>>(
  shown: Text,
  address: string,
  pending: boolean,
): [typed: Text, type: (text: Text) => void, send: (text: Text) => void] {
  const [typed, setTyped] = useState(shown);
  const [sent, setSent] = useState(shown);
  const [settled, setSettled] = useState({ address, shown });
  const [wasPending, setWasPending] = useState(pending);
  if (pending !== wasPending) setWasPending(pending);
  const changed = Object.keys(shown).filter((name) => shown[name] !== settled.shown[name]);
  if (!pending && (address !== settled.address || changed.length > 0)) {
    setSettled({ address, shown });
    const isOtherView = !wasPending && address !== settled.address;
    const taken = isOtherView ? Object.keys(shown) : changed.filter((name) => typed[name] === sent[name]);
    const settle = (text: Text): Text => ({
      ...text,
      ...Object.fromEntries(taken.map((name) => [name, shown[name]])),
    });
    setTyped(settle(typed));
    setSent(settle(sent));
  }
  const send = (text: Text) => {
    setTyped(text);
    setSent(text);
  };
  return [typed, setTyped, send];
}

/**
 * The filters of a list, whose only state is the URL.
 *
 * @param hrefOf the link to a view with a change
 * @param shown the texts of the view, as the text fields show them
 * @returns what was chosen last, also before its page has come, because the next choice builds on it; whether a page is
 * on its way; what is typed, as {@link useFilterText} keeps it; and what goes to a view, unless it is the one that is
 * shown
 */
export function useFilters<View extends object, Text extends Record<string, string>>(
  view: View,
  hrefOf: (view: View, change: Partial<View>) => string,
  shown: Text,
) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const [chosen, choose] = useOptimistic(view);
  const [typed, setTyped, send] = useFilterText(shown, hrefOf(view, {}), pending);
  /** `text`: what the fields then have. */
  const go = (change: Partial<View>, text: Text) => {
    send(text);
    const href = hrefOf(chosen, change);
    if (href === hrefOf(chosen, {})) return;
    startTransition(() => {
      choose({ ...chosen, ...change });
      router.push(href, { scroll: false });
    });
  };
  return { chosen, pending, typed, setTyped, go };
}

/** A day as a text field shows it; "" for none. */
export const dayText = (day: number | null, dateFormat: DateFormat): string =>
  day === null ? "" : formatDay(day, dateFormat);

/**
 * The text fields of a list's filters.
 *
 * @param apply goes to the view of these texts
 * @returns `set`: for a text that applies once it is a suggestion; `day`: the properties of a {@link FilterDay}
 */
export function textFilters<Text extends Record<string, string>>(
  { typed, setTyped }: { typed: Text; setTyped: (text: Text) => void },
  dateFormat: DateFormat,
  apply: (text: Text) => void,
) {
  const set = (field: keyof Text) => (value: string, applies: boolean) => {
    const text = { ...typed, [field]: value };
    setTyped(text);
    if (applies) apply(text);
  };
  const day = <Field extends keyof Text & string>(field: Field) => ({
    name: field,
    value: typed[field],
    dateFormat,
    onText: set(field),
  });
  return { set, day };
}

/**
 * The filters of a list, one chip each. They apply at once: selects by a choice, text by Enter or when the focus leaves
 * it. Without JavaScript the form has a button, which sends them to the same URL.
 */
export function FilterForm({
  path,
  pending,
  clear,
  clearHref = path,
  onApply,
  children,
}: {
  path: string;
  pending: boolean;
  /** Whether a filter is set. A link then clears it. */
  clear: boolean;
  /** Where that link leads. */
  clearHref?: string;
  onApply: () => void;
  children: ReactNode;
}) {
  const textAtFocus = useRef("");
  return (
    <search className="mb-4 block">
      <form
        action={path}
        method="get"
        aria-busy={pending}
        onSubmit={(event) => {
          event.preventDefault();
          onApply();
        }}
        onFocus={({ target }) => {
          if (target instanceof HTMLInputElement) textAtFocus.current = target.value;
        }}
        onBlur={({ target, relatedTarget }) => {
          // A link that takes the focus goes to its own view.
          if (relatedTarget instanceof HTMLAnchorElement) return;
          if (target instanceof HTMLInputElement && target.value !== textAtFocus.current) onApply();
        }}
        onKeyDown={(event) => {
          // A suggestion was taken.
          if (event.defaultPrevented) return;
          // A form with several text fields and no button is not sent by Enter.
          if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
          event.preventDefault();
          onApply();
        }}
        className="flex flex-wrap items-start gap-2 max-sm:-mx-4 max-sm:flex-nowrap max-sm:overflow-x-auto max-sm:px-4 max-sm:py-1"
      >
        {children}
        <noscript>
          <Button type="submit">Apply</Button>
        </noscript>
        {clear && (
          <SoftLink href={clearHref} scroll={false} className={buttonClass({ variant: "ghost" })}>
            Clear
          </SoftLink>
        )}
        {pending && (
          <span
            aria-hidden
            className="mt-3 size-3 rounded-full border-2 border-muted border-r-transparent motion-safe:animate-spin"
          />
        )}
      </form>
    </search>
  );
}

/** A control beside its label. It has the accent colour while it has a value. */
export function FilterField({
  label,
  after,
  error,
  children,
}: {
  label: string;
  /** Beside the control. */
  after?: ReactNode;
  /** Below it. */
  error?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="grid min-w-0 gap-0.5 max-sm:shrink-0">
      <div className="flex h-9 min-w-0 items-center gap-1 rounded-full border border-line bg-surface px-3 text-[0.8125rem] focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent hover:border-line-strong has-[[aria-invalid]]:border-danger has-[label_input:not(:placeholder-shown)]:border-accent has-[label_input:not(:placeholder-shown)]:bg-accent-soft has-[option:checked:not([value=''])]:border-accent has-[option:checked:not([value=''])]:bg-accent-soft">
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
        <label className="flex h-full min-w-0 items-center gap-1.5 whitespace-nowrap text-muted">
          {label}
          {children}
        </label>
        {after}
      </div>
      {error}
    </div>
  );
}

/**
 * A day among the filters, in the enterprise's date format; "2026-11-24" is taken too. With JavaScript a button opens the
 * browser's own calendar.
 */
export function FilterDay({
  label,
  name,
  value,
  dateFormat,
  onText,
}: {
  label: string;
  name: string;
  value: string;
  dateFormat: DateFormat;
  /** `isDay`: the text is a whole day, or none, so it applies at once. */
  onText: (value: string, isDay: boolean) => void;
}) {
  const id = useId();
  const day = value.trim() === "" ? null : parseDay(value, dateFormat);
  const isWrong = day === undefined && value.trim().length >= 8;
  return (
    <FilterField
      label={label}
      after={<DayPicker day={day ?? null} onChoose={(day) => onText(dayText(day, dateFormat), true)} />}
      error={
        isWrong && (
          <span id={id} role="alert" className="px-3 text-xs text-danger">
            Enter a date as {dateFormat}.
          </span>
        )
      }
    >
      <input
        type="text"
        name={name}
        size={10}
        maxLength={20}
        placeholder={dateFormat}
        autoComplete="off"
        spellCheck={false}
        value={value}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? id : undefined}
        onChange={({ target }) => onText(target.value, isWhole(target.value, dateFormat))}
        className={`${FILTER_CONTROL} figures`}
      />
    </FilterField>
  );
}

/**
 * Whether the text applies while somebody types: it is empty, or a day as it is written in full. "2026-11-2" is a day
 * too, but may become "2026-11-24"; it applies with Enter or when the focus leaves the field.
 */
function isWhole(text: string, dateFormat: DateFormat): boolean {
  const written = text.trim();
  const day = parseDay(written, dateFormat);
  return written === "" || (day !== undefined && [formatDay(day, dateFormat), isoDay(day)].includes(written));
}

/** A button that opens the browser's own calendar. The keyboard types the day, so that the button is no stop for it. */
function DayPicker({ day, onChoose }: { day: number | null; onChoose: (day: number | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const scriptOnly = useScriptOnlyClass();
  return (
    <span className={`relative -mr-1.5 flex text-muted ${scriptOnly}`}>
      <button
        type="button"
        tabIndex={-1}
        aria-label="Calendar"
        onClick={() => picker.current?.showPicker()}
        className="rounded p-1.5 hover:text-ink"
      >
        <Icon name="calendar-days" className="size-3.5" />
      </button>
      <input
        ref={picker}
        type="date"
        aria-hidden
        tabIndex={-1}
        min="1970-01-01"
        max="9999-12-31"
        value={day === null ? "" : isoDay(day)}
        onChange={({ target }) => onChoose(parseIsoDay(target.value) ?? null)}
        className="pointer-events-none absolute bottom-0 left-0 size-px opacity-0"
      />
    </span>
  );
}
