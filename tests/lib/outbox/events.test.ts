import { expect, test } from "vitest";
import { isAlert, isEventPattern, isEventType, matchesEvent } from "#lib/outbox/rules/events.ts";

test.each([
  [["*"], "member.added", true],
  [["member.added"], "member.added", true],
  [["member.*"], "member.added", true],
  [["member.*"], "organization.updated", false],
  [["credits.*", "grant.added"], "grant.added", true],
  [["member"], "member.added", false],
  [["m*"], "member.added", false],
  [[], "member.added", false],
] as const)("%j and %s: %s", (patterns, type, matches) => {
  expect(matchesEvent(patterns, type)).toBe(matches);
});

test.each([
  ["*", true],
  ["member.*", true],
  ["usage.refused", true],
  ["usage.recorded", false],
  ["nothing.*", false],
  ["", false],
  ["toString", false],
])("the pattern %j means an event: %s", (pattern, means) => {
  expect(isEventPattern(pattern)).toBe(means);
});

test("a name is an event only if it is in the list", () => {
  expect(isEventType("member.added")).toBe(true);
  expect(isEventType("toString")).toBe(false);
});

test("alerts are told apart from records of changes", () => {
  expect(isAlert("pool.low")).toBe(true);
  expect(isAlert("member.added")).toBe(false);
});
