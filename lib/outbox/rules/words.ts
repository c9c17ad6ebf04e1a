import { AUDIT_FIELDS } from "#lib/audit/rules.ts";
import { formatCredits, parseCredits } from "#lib/credits.ts";
import { portalUserHref } from "#lib/portal-users/search-params.ts";
import { alertData, changeData, EVENTS, type EventType } from "./events.ts";

/** What a person is told of an event: one line, more about it, and the page of the portal that shows it. */
export type EventWords = { title: string; text: string; path: string };

const CREDITS = ["available", "balance", "monthlyAllowance", "paid"];

function shown(field: string, value: string | number | null): string {
  if (value === null || value === "") return "none";
  const credits = CREDITS.includes(field) ? parseCredits(String(value)) : null;
  return credits?.ok ? formatCredits(credits.value) : String(value);
}

function labelOf(field: string): string {
  const labels: Record<string, string> = AUDIT_FIELDS;
  return Object.hasOwn(labels, field) ? (labels[field] ?? field) : field;
}

type Change = (typeof changeData)["_output"];

function pathOf({ subject, organization }: Change): string {
  const page = organization && `/organizations/${encodeURIComponent(organization.code)}`;
  switch (subject.kind) {
    case "organization":
      return page ?? "/organizations";
    case "membership":
      return page === null ? "/members" : `${page}/members`;
    case "member":
      return subject.id === null ? "/members" : `/members/${subject.id}`;
    case "credit_type":
      return subject.id === null ? "/credit-types" : `/credit-types/${subject.id}`;
    case "api_key":
      return page === null ? "/api-keys" : `${page}/api-keys`;
    default:
      // An account or a grant, whose label is the email of the portal user.
      return portalUserHref(subject.label);
  }
}

function actorWords({ kind, label }: Change["actor"]): string {
  if (kind === "operator") return "the command line";
  return kind === "system" ? "the portal" : label;
}

function changeWords(type: EventType, change: Change): EventWords {
  const { before, after, subject, actor } = change;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const lines = fields.map((field) => {
    const old = before?.[field];
    const now = shown(field, after?.[field] ?? null);
    return old === undefined
      ? `${labelOf(field)}: ${now}`
      : `${labelOf(field)}: ${shown(field, old)} → ${now}`;
  });
  return {
    title: `${EVENTS[type].label}: ${subject.label}`,
    text: [`By ${actorWords(actor)}.`, ...lines].join("\n"),
    path: pathOf(change),
  };
}

/** An event in words. `data` is as it was stored. */
export function eventWords(type: EventType, data: unknown): EventWords {
  const alert = alertData.safeParse(data);
  if (alert.success) return { title: alert.data.title, text: alert.data.text, path: alert.data.path };
  const change = changeData.safeParse(data);
  if (change.success) return changeWords(type, change.data);
  return { title: EVENTS[type].label, text: "", path: "/" };
}
