/** Runs once in the server's process before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs" || process.env.NEXT_PHASE === "phase-production-build") return;
  const { startPortal } = await import("#lib/portal/start.ts");
  await startPortal();
}
