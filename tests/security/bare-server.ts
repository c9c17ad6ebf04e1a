import type { Serve } from "#tests/support/server.ts";

/**
 * The same build and the same database without the server's own refusals: Next directly behind Node's HTTP server, with
 * only the client's headers set right. Whatever is refused must be refused here too, by the action or handler itself.
 */
const bare: Serve = () => ({ cwd: process.cwd(), args: ["tests/support/bare-server.ts"] });

export const BOTH_WAYS = [
  ["as it is served", undefined],
  ["without the server's own refusals", bare],
] as const;
