import type { Instrumentation } from "next";

/** Reports every error that no code of ours has caught, with the request's id and the reference on the error page. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { reportRequestError } = await import("#lib/server/errors.ts");
  reportRequestError(error, request, context);
};
