import { problem, problemResponse } from "#lib/problem.ts";

/** Any other path below `/api/v1`: a program gets a problem instead of a page. */
export function GET(): Response {
  return problemResponse(problem("not_found", "The API is described by /api/v1/openapi.json."));
}

export { GET as DELETE, GET as HEAD, GET as OPTIONS, GET as PATCH, GET as POST, GET as PUT };
