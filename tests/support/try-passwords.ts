// A process for the throttle's test: tries a wrong password several times at once and reports each outcome.
import { SignInDelayedError, signInWithPassword } from "#lib/portal-users/commands.ts";

const [email = "", times = "1"] = process.argv.slice(2);
const outcomes = await Promise.all(
  Array.from({ length: Number(times) }, () =>
    signInWithPassword(email, "wrong words", null).then(
      (session) => (session === null ? "wrong" : "in"),
      (error) => (error instanceof SignInDelayedError ? "delayed" : String(error)),
    ),
  ),
);
process.send?.(outcomes);
process.disconnect?.();
