import { channel } from "node:diagnostics_channel";
import type { ProblemCode } from "#lib/problem.ts";
import type { RecordedUsage } from "./rules/event.ts";

/** The outcome of an event: recorded, a duplicate, or the code of the problem that refused it. */
export type UsageOutcome = RecordedUsage["status"] | ProblemCode;

const OUTCOMES = channel("bursar.usage");

/** Publishes the outcomes of events on the channel `bursar.usage`, once each is committed or refused. */
export function publishOutcomes(outcomes: readonly UsageOutcome[]): void {
  if (OUTCOMES.hasSubscribers && outcomes.length > 0) OUTCOMES.publish(outcomes);
}
