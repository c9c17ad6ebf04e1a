import { expect, test } from "vitest";
import type { EventType } from "#lib/outbox/rules/events.ts";
import { eventWords } from "#lib/outbox/rules/words.ts";

const change = (subject: { kind: string; id: number | null; label: string }) => ({
  actor: { kind: "operator", label: "operator" },
  subject,
  organization: null,
  before: null,
  after: { role: "viewer" },
});

test.each([
  ["grant.updated", "portal_user"],
  ["grant.added", "grant"],
] satisfies [EventType, string][])(
  "%s of a %s leads to the person in the list of portal users",
  (type, kind) => {
    expect(eventWords(type, change({ kind, id: 7, label: "ana+1@example.edu" })).path).toBe(
      "/settings/users?q=ana%2B1%40example.edu",
    );
  },
);
