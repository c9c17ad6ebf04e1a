import { DatabaseBusyError, DatabaseUnavailableError, storageError } from "#db/unavailable.ts";
import type { Application } from "#lib/api-keys/authentication.ts";
import { admit, type Limit } from "#lib/api-keys/throttle.ts";
import { errorFields, log } from "#lib/log.ts";
import { type Problem, problem, problemResponse } from "#lib/problem.ts";
import { clientAddress, nameRequester } from "#lib/request-context.ts";
import { publishOutcomes, type UsageOutcome } from "#lib/usage/outcomes.ts";

type Problematic = { problem: Problem; headers?: Record<string, string> };
/**
 * What a handler answers: JSON with a status, or a problem with headers of its own. A handler that records events adds
 * what became of each.
 */
export type Answer = { status: 200 | 201; json: object; outcomes?: readonly UsageOutcome[] } | Problematic;

/** The fields of draft-ietf-httpapi-ratelimit-headers. */
function limitHeaders(limit: Limit | null): Record<string, string> {
  if (!limit) return {};
  return {
    RateLimit: `"requests";r=${Math.max(0, limit.remaining)};t=${limit.resetSeconds}`,
    "RateLimit-Policy": `"requests";q=${limit.quota};w=${limit.windowSeconds}`,
  };
}

/** Whether the client disconnected before the end of its request. */
const isDisconnect = (error: unknown) => error instanceof Error && error.name === "AbortError";

/** The problem that an exception is: nothing was recorded then. */
function problemOf(error: unknown): Problematic {
  const fault = error instanceof DatabaseUnavailableError ? error : storageError(error);
  if (fault === null) {
    log.error("the usage API failed", errorFields(error));
    return { problem: problem("internal_error", "Nothing was recorded. The portal's log has the reason.") };
  }
  if (fault instanceof DatabaseBusyError) {
    return { problem: problem("busy", fault.message), headers: { "Retry-After": "1" } };
  }
  const code = fault.status === 507 ? "storage_full" : "storage_unavailable";
  return { problem: problem(code, fault.message), headers: { "Retry-After": "10" } };
}

/** {@link answerApplication} for a handler that records: what became of its events is counted. */
export function answerRecorder(
  request: Request,
  work: (application: Application) => Promise<Answer>,
): Promise<Response> {
  return answerApplication(request, work, (answer) =>
    publishOutcomes("problem" in answer ? [answer.problem.code] : (answer.outcomes ?? [])),
  );
}

/** What every handler of the usage API goes through: key, limit, work, and one form of answer whatever happens. */
export async function answerApplication(
  request: Request,
  work: (application: Application) => Answer | Promise<Answer>,
  publish: (answer: Answer) => void = () => {},
): Promise<Response> {
  let limit: Limit | null = null;
  let answer: Answer;
  try {
    const admission = admit(request.headers.get("authorization"), clientAddress(request.headers));
    limit = admission.limit;
    if (admission.ok) {
      nameRequester({ apiKeyId: admission.application.id });
      answer = await work(admission.application);
    } else {
      answer = refusalOf(admission);
    }
  } catch (error) {
    // Nobody gets this answer, and nothing is wrong with the portal.
    if (isDisconnect(error)) return new Response(null, { status: 499 });
    answer = problemOf(error);
  }
  publish(answer);
  if ("problem" in answer) {
    return problemResponse(answer.problem, { ...limitHeaders(limit), ...answer.headers });
  }
  return new Response(JSON.stringify(answer.json), {
    status: answer.status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...limitHeaders(limit) },
  });
}

function refusalOf(refusal: {
  code: "unauthorized" | "rate_limited";
  message: string;
  limit: Limit | null;
}): Problematic {
  const { code, message, limit } = refusal;
  if (code === "unauthorized") {
    return {
      problem: problem(code, message),
      headers: { "WWW-Authenticate": 'Bearer realm="Bursar usage API"' },
    };
  }
  return {
    problem: problem(code, `${message} Try again in ${limit?.resetSeconds ?? 60} seconds.`),
    headers: { "Retry-After": String(limit?.resetSeconds ?? 60) },
  };
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Handlers of the methods that a route does not have: a problem that names those that it has. */
export function handlersBeside(...allowed: ("GET" | "POST")[]) {
  const has: readonly string[] = allowed.includes("GET") ? [...allowed, "HEAD"] : allowed;
  const allow = [...has, "OPTIONS"].join(", ");
  const refuse = () =>
    problemResponse(problem("method_not_allowed", `Allowed here: ${allow}.`), { Allow: allow });
  const tell = () =>
    new Response(null, { status: 204, headers: { Allow: allow, "Cache-Control": "no-store" } });
  const refused = METHODS.filter((method) => !has.includes(method)).map((method) => [method, refuse]);
  type Handlers = Record<(typeof METHODS)[number] | "OPTIONS", () => Response>;
  return { ...Object.fromEntries(refused), OPTIONS: tell } as Handlers;
}
