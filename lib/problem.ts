/** Every problem that the API answers with: its stable code, HTTP status and title. */
export const PROBLEMS = {
  invalid_request: [400, "The request is not valid"],
  unauthorized: [401, "A valid API key is needed"],
  insufficient_credits: [402, "The organization has too few credits"],
  allowance_exceeded: [402, "The member's monthly allowance is used up"],
  forbidden_organization: [403, "The key belongs to another organization"],
  organization_inactive: [403, "The organization is inactive"],
  member_inactive: [403, "The member is inactive"],
  not_found: [404, "There is nothing at this address"],
  organization_not_found: [404, "There is no such organization"],
  member_not_found: [404, "There is no such member"],
  method_not_allowed: [405, "The method is not allowed here"],
  event_not_found: [404, "There is no such event"],
  already_reversed: [409, "The event was reversed before"],
  reversal_expired: [409, "The event can no longer be reversed"],
  too_many_applications: [400, "Too many new application names"],
  idempotency_conflict: [409, "The id was used before for something else"],
  content_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body's type is not supported"],
  rate_limited: [429, "Too many requests"],
  internal_error: [500, "Something went wrong here"],
  busy: [503, "The database is busy"],
  storage_unavailable: [503, "The database cannot be used at the moment"],
  storage_full: [507, "There is no room left to record anything"],
} as const satisfies Record<string, readonly [status: number, title: string]>;
export type ProblemCode = keyof typeof PROBLEMS;

/** Members of a problem beside the standard ones: the field at fault, what is left. */
export type ProblemDetails = Record<string, unknown>;

/** A problem as RFC 9457 writes it, with a stable `code`. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
} & ProblemDetails;

/** `detail` tells a person what to do. */
export function problem(code: ProblemCode, detail: string, details: ProblemDetails = {}): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:bursar:problem:${code}`, title, status, code, detail, ...details };
}

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers },
  });
}
