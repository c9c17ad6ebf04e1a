import type { Answer } from "#app/api/v1/application.ts";
import type { Application } from "#lib/api-keys/authentication.ts";
import { type Problem, problem } from "#lib/problem.ts";
import { type RecordedUsage, recordUsage } from "#lib/usage/commands.ts";
import type { UsageRefused, UsageResult } from "#lib/usage/queries.ts";
import { recordEvent } from "#lib/usage/recorder.ts";
import { eventId, type UsageEvent } from "#lib/usage/rules.ts";
import { faultDetails, type Read, usageJson, type WireFault } from "#lib/usage/wire.ts";

export function faultProblem(fault: WireFault): Problem {
  return problem("invalid_request", fault.message, faultDetails(fault));
}

export function refusedProblem({ code, message, field, details }: UsageRefused): Problem {
  return problem(code, message, { ...(field && { field }), ...details });
}

/** Records one event that was read: 201, 200 for a repeat, or the problem. */
export async function answerEvent(read: Read<UsageEvent>, application: Application): Promise<Answer> {
  if (!read.ok) return { problem: faultProblem(read) };
  const result = await recordEvent(read.value, application);
  if (!result.ok) return { problem: refusedProblem(result) };
  return { status: result.value.status === "recorded" ? 201 : 200, json: usageJson(result.value) };
}

/** The id of an event that cannot be read, where at least that can be. */
function idOf(given: unknown): string | null {
  const id = typeof given === "object" && given !== null && "id" in given ? given.id : null;
  return eventId.safeParse(id).data ?? null;
}

/** Records the events that can be read, in their order and in one transaction; answers each for itself. */
export async function answerEvents(
  given: readonly unknown[],
  readOne: (given: unknown) => Read<UsageEvent>,
  application: Application,
): Promise<Answer> {
  const read = given.map(readOne);
  const events = read.flatMap((one) => (one.ok ? [one.value] : []));
  const recorded: UsageResult<RecordedUsage>[] =
    events.length === 0 ? [] : await recordUsage(events, application);
  let next = 0;
  const results = read.map((one, index) => {
    const refused = (id: string | null, error: Problem) => ({ id, status: "refused", error });
    if (!one.ok) return refused(idOf(given[index]), faultProblem(one));
    const result = recorded[next];
    next += 1;
    if (!result) throw new Error("an event without a result");
    return result.ok ? usageJson(result.value) : refused(one.value.id, refusedProblem(result));
  });
  return { status: 200, json: { results } };
}
