import { channel } from "node:diagnostics_channel";
import type { ProblemCode } from "#lib/problem.ts";
import type { RecordedUsage } from "./rules/event.ts";

/** What became of an event: recorded, a duplicate, or the code of the problem that refused it. */
export type UsageOutcome = RecordedUsage["status"] | ProblemCode;

const OUTCOMES = channel("bursar.usage");

/** Tells the channel `bursar.usage` what became of events, once each is committed or refused. */
export function publishOutcomes(outcomes: readonly UsageOutcome[]): void {
  if (OUTCOMES.hasSubscribers && outcomes.length > 0) OUTCOMES.publish(outcomes);
}
