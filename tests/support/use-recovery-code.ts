import { finishSecondStep } from "#lib/second-factor/commands/second-step.ts";

// A process that waits for a line on its standard input, then ends a pending sign-in by a recovery code and prints how.
const [pendingToken = "", code = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
process.stdin.once("data", async () => {
  const step = await finishSecondStep(pendingToken, { code }, "192.0.2.7");
  process.stdout.write(`${step.ok ? "in" : step.code}\n`);
  process.exit(0);
});
