import { errorFields, log } from "#lib/log.ts";
import { loggedPath } from "./requests.ts";

/** Puts an error that nobody answered for into the log; `digest` is the reference that the error page shows. */
export function reportRequestError(
  error: unknown,
  request: { path: string; method: string; headers: NodeJS.Dict<string | string[]> },
  context: { routePath: string },
): void {
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
