// A process for the throttle's test: tries a wrong password several times at once and reports each outcome.
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";

const [email = "", times = "1"] = process.argv.slice(2);
const outcomes = await Promise.all(
  Array.from({ length: Number(times) }, () => signInWithPassword(email, "wrong words", null)),
);
process.send?.(outcomes.map((outcome) => (outcome.ok ? "in" : outcome.code)));
process.disconnect?.();
