import type { Answer } from "#app/api/v1/application.ts";
import type { Application } from "#lib/api-keys/authentication.ts";
import { type Problem, problem } from "#lib/problem.ts";
import { noteRefusal } from "#lib/refusals/queue.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { UsageOutcome } from "#lib/usage/outcomes.ts";
import { recordInNextGroup } from "#lib/usage/recorder.ts";
import { eventId, type UsageEvent, type UsageRefused } from "#lib/usage/rules/event.ts";
import { usageJson } from "#lib/usage/rules/wire/answers.ts";
import { faultDetails, ofEntry, type WireFault, type WireResult } from "#lib/usage/rules/wire/read.ts";

export function faultProblem(fault: WireFault): Problem {
  return problem("invalid_request", fault.message, faultDetails(fault));
}

export function refusedProblem({ code, message, field, details }: UsageRefused): Problem {
  const errors = code === "invalid_request" && field ? [{ field, detail: message }] : null;
  return problem(code, message, { ...(field && { field }), ...(errors && { errors }), ...details });
}

function noteRefusedEvent(event: UsageEvent, refused: UsageRefused, application: Application): void {
  const { organization, member, credits } = event;
  const request = { organization, member, application: event.application, amount: credits };
  noteRefusal({ ...request, request: "event" }, refused, application);
}

/** Records one event that was read: 201, 200 for a repeat, or the problem. */
export async function answerEvent(read: WireResult<UsageEvent>, application: Application): Promise<Answer> {
  if (!read.ok) return { problem: faultProblem(read) };
  const result = await recordInNextGroup(read.value, application);
  if (!result.ok) {
    noteRefusedEvent(read.value, result, application);
    return { problem: refusedProblem(result) };
  }
  const { status } = result.value;
  return { status: status === "recorded" ? 201 : 200, json: usageJson(result.value), outcomes: [status] };
}

/** The id of an event that cannot be read; null where the id itself cannot. */
function idOf(json: unknown): string | null {
  const id = typeof json === "object" && json !== null && "id" in json ? json.id : null;
  return eventId.safeParse(id).data ?? null;
}

/**
 * Records the events that can be read, in their order and in one transaction. Each has a result of its own.
 *
 * @param list what the sender calls the list, such as "events"; "" where the body is the list
 */
export async function answerEvents(
  events: readonly unknown[],
  { list, readOne }: { list: string; readOne: (json: unknown) => WireResult<UsageEvent> },
  application: Application,
): Promise<Answer> {
  const reads = events.map((json, index) => ofEntry(readOne(json), `${list}[${index}]`));
  const readable = reads.flatMap((read) => (read.ok ? [read.value] : []));
  const recorded = readable.length === 0 ? [] : await recordBatch(readable, application);
  const outcomes: UsageOutcome[] = [];
  const summary = { recorded: 0, duplicate: 0, refused: 0 };
  const refused = (id: string | null, error: Problem) => {
    outcomes.push(error.code);
    summary.refused += 1;
    return { id, status: "refused", error };
  };
  let next = 0;
  const results = reads.map((read, index) => {
    if (!read.ok) return refused(idOf(events[index]), faultProblem(read));
    const result = recorded[next];
    next += 1;
    if (!result) throw new Error("an event without a result");
    if (!result.ok) {
      noteRefusedEvent(read.value, result, application);
      return refused(read.value.id, refusedProblem(result));
    }
    outcomes.push(result.value.status);
    summary[result.value.status] += 1;
    return usageJson(result.value);
  });
  return { status: 200, json: { results, summary }, outcomes };
}
