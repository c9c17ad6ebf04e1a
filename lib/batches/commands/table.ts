import { parentPort } from "node:worker_threads";
import type { Actor } from "#lib/actor.ts";
import { fillDemo } from "#lib/demo/commands.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { moveCredits } from "./credits.ts";
import { reverseBatch } from "./reversals.ts";

/** Fills an empty portal. Within a thread it reports how far it is. */
const fillDemoInThread = (actor: Actor) =>
  fillDemo(actor, new Date(), (progress) => parentPort?.postMessage({ progress }));

/** The commands that change many rows at once, by the names under which a thread is told to run one. */
const COMMANDS = {
  moveCredits,
  reverseBatch,
  changeOrganizationsAllowance,
  changeOrganizationsActive,
  changeOrganizationsTags,
  changeMemberships,
  changeMembershipsActive,
  fillDemo: fillDemoInThread,
};

export type BatchCommand = keyof typeof COMMANDS;
export type ArgumentsOf<Name extends BatchCommand> = Parameters<(typeof COMMANDS)[Name]>;
export type AnswerOf<Name extends BatchCommand> = Awaited<ReturnType<(typeof COMMANDS)[Name]>>;

/** The same, as TypeScript can call one whose name it does not know. */
const byName: {
  [Name in BatchCommand]: (...input: ArgumentsOf<Name>) => Promise<AnswerOf<Name>>;
} = COMMANDS;

/** Runs a command by its name. */
export function runCommand<Name extends BatchCommand>(
  name: Name,
  input: ArgumentsOf<Name>,
): Promise<AnswerOf<Name>> {
  return byName[name](...input);
}
