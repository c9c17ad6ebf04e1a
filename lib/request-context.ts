import { AsyncLocalStorage } from "node:async_hooks";
import { processWide } from "./process-wide.ts";

/** What is known of the request that this code runs for. */
export type RequestContext = {
  /** In the answer's X-Request-Id, and in each line of the log. */
  id: string;
  portalUserId?: number;
  apiKeyId?: number;
};

const context = processWide("lib/request-context", () => new AsyncLocalStorage<RequestContext>());

/** The request being answered; undefined outside of one, as in the command line. */
export function currentRequest(): RequestContext | undefined {
  return context.getStore();
}

/** From here on, whatever the current event brings about belongs to `request`. */
export function enterRequest(request: RequestContext): void {
  context.enterWith(request);
}

/** Says who asks, once that has been found out. */
export function nameRequester(who: Pick<RequestContext, "portalUserId" | "apiKeyId">): void {
  const request = context.getStore();
  if (request) Object.assign(request, who);
}
