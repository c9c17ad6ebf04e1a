"use client";

import { useFieldsetNotes } from "#components/ui/field.tsx";
import { useFormAnswer } from "#components/ui/form.tsx";
import { eventField } from "#lib/outbox/rules/choice.ts";
import { ALL_ALERTS, ALL_EVENTS, EVENT_GROUPS, EVENT_TYPES, EVENTS } from "#lib/outbox/rules/events.ts";

type Group = keyof typeof EVENT_GROUPS;
const GROUPS = Object.keys(EVENT_GROUPS) as Group[];

/** The boxes with which events are chosen: all, all alerts, and each event, folded away by group. */
export function EventChoice({ initial }: { initial: Record<string, string> }) {
  const { describedBy, isWrong, notes } = useFieldsetNotes(eventField(ALL_EVENTS), (value) =>
    value === "on" ? "all events" : "not all events",
  );
  return (
    <fieldset className="grid gap-2" aria-describedby={describedBy}>
      <legend className="mb-1.5 font-medium">Events</legend>
      {notes}
      <Box choice={ALL_EVENTS} initial={initial} isWrong={isWrong}>
        All events, including those of later versions
      </Box>
      <Box choice={ALL_ALERTS} initial={initial}>
        All alerts, including those of later versions
      </Box>
      {GROUPS.map((group) => (
        <GroupOfEvents key={group} group={group} initial={initial} />
      ))}
    </fieldset>
  );
}

function GroupOfEvents({ group, initial }: { group: Group; initial: Record<string, string> }) {
  const types = EVENT_TYPES.filter((type) => EVENTS[type].group === group);
  const { values } = useFormAnswer();
  const isTicked = (type: string) => (values ?? initial)[eventField(type)] === "on";
  const ticked = types.filter(isTicked).length;
  return (
    <details open={ticked > 0} className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer rounded-sm">
        {EVENT_GROUPS[group]}
        <span className="text-muted">
          {" "}
          · {ticked === 0 ? `${types.length} events` : `${ticked} of ${types.length} chosen`}
        </span>
      </summary>
      <div className="mt-2 grid gap-2">
        {types.map((type) => (
          <Box key={type} choice={type} initial={initial}>
            {EVENTS[type].label} <code className="block text-xs text-muted">{type}</code>
          </Box>
        ))}
      </div>
    </details>
  );
}

/** A box. The hidden field after it tells a box that was cleared from one that the form does not have. */
function Box({
  choice,
  initial,
  isWrong = false,
  children,
}: {
  choice: string;
  initial: Record<string, string>;
  /** Whether the form was refused because of the boxes. It gives the focus to what is invalid. */
  isWrong?: boolean;
  children: React.ReactNode;
}) {
  const { values, conflicts, finished } = useFormAnswer();
  const name = eventField(choice);
  const value = (finished ? undefined : values?.[name]) ?? initial[name];
  const conflict = conflicts?.[name];
  return (
    <label className="flex items-start gap-2">
      <input
        key={value}
        type="checkbox"
        name={name}
        value="on"
        defaultChecked={value === "on"}
        aria-invalid={isWrong || undefined}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <input type="hidden" name={name} value="" />
      <span className="min-w-0 wrap-anywhere">
        {children}
        {conflict && (
          <span className="font-medium text-warning" data-conflict="">
            {" "}
            · {conflict.now === "on" ? "now chosen" : "no longer chosen"}
          </span>
        )}
      </span>
    </label>
  );
}
