import type { Instrumentation } from "next";

/** Runs once in the server's process before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || process.env.NEXT_PHASE === "phase-production-build") return;
  const { startPortal } = await import("#lib/portal/start.ts");
  await startPortal();
  // The development server compiles routes when they are asked for.
  if (process.env.NODE_ENV === "development") return;
  const [{ serveAhead }, { POST: recordUsage }] = await Promise.all([
    import("#lib/portal/ahead.ts"),
    import("#app/api/v1/usage/route.ts"),
  ]);
  serveAhead({ "/api/v1/usage": recordUsage });
}

/** Every error that no code of ours has answered, with the request's id and the reference that the error page shows. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { reportRequestError } = await import("#lib/portal/errors.ts");
  reportRequestError(error, request, context);
};
