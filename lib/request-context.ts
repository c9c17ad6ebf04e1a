import { AsyncLocalStorage } from "node:async_hooks";
import { processWide } from "./process-wide.ts";

/** Longer User-Agent headers are cut, in characters. */
export const USER_AGENT_MAX_CHARACTERS = 300;

/** What is known about the request that the current code runs for. */
export type RequestContext = {
  /** Sent in the answer's X-Request-Id and written in each line of the log. */
  id: string;
  /** The header User-Agent, at most {@link USER_AGENT_MAX_CHARACTERS} characters. */
  userAgent?: string;
  portalUserId?: number;
  apiKeyId?: number;
  /** A server action of ours has begun: from then on a failure is ours, and not the posted form's. */
  actionBegan?: boolean;
};

const context = processWide("lib/request-context", () => new AsyncLocalStorage<RequestContext>());

/** The request being answered; undefined outside of one, as on the command line. */
export function currentRequest(): RequestContext | undefined {
  return context.getStore();
}

/** Runs `work` as part of `request`, with everything that it starts. */
export function runInRequest<T>(request: RequestContext, work: () => T): T {
  return context.run(request, work);
}

/** Adds the user or the API key to the request. The log has them in the request's line. */
export function nameRequester(requester: Pick<RequestContext, "portalUserId" | "apiKeyId">): void {
  const request = context.getStore();
  if (request) Object.assign(request, requester);
}

/** Notes that a server action has begun. */
export function beginAction(): void {
  const request = context.getStore();
  if (request) request.actionBegan = true;
}

/** The client's address as text, at most 45 characters, from the header that the server's first step has rewritten. */
export function clientAddress(headers: Headers): string | null {
  return headers.get("x-forwarded-for")?.slice(0, 45) || null;
}
