import { errorFields, log } from "#lib/log.ts";
import { currentRequest } from "#lib/request-context.ts";
import { loggedPath } from "./request-log.ts";

/** Writes an error that no code of ours has caught into the log, with the reference that the error page shows. */
export function reportRequestError(
  error: unknown,
  request: { path: string; method: string; headers: NodeJS.Dict<string | string[]> },
  context: { routePath: string; routeType: string },
): void {
  // React could not decode a posted form, which the server answers with 400. Next reports it with the type "action", and
  // with "render" where the form's action exists and its bound values are broken.
  const isPage = context.routeType !== "route";
  if (request.method === "POST" && isPage && !currentRequest()?.actionBegan) {
    log.info("a form could not be read", { ...errorFields(error), stack: undefined });
    return;
  }
  const digest = error instanceof Error && "digest" in error ? String(error.digest) : undefined;
  log.error("request failed", {
    requestId: String(request.headers["x-request-id"] ?? ""),
    reference: digest,
    method: request.method,
    path: loggedPath(request.path),
    route: context.routePath,
    ...errorFields(error),
  });
}
