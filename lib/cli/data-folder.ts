import { readFileSync, statSync } from "node:fs";
import { databaseFile } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { CliRefusal } from "./support.ts";

/** The users that decide who may run a command, as numeric ids; an owner is null if there is no such file. */
export type FolderOwners = { user: number; folderOwner: number | null; databaseOwner: number | null };

/**
 * The user who must run the command instead; null when this one may. The portal's user cannot open files that another
 * user created, even root.
 */
export function requiredUser({ user, folderOwner, databaseOwner }: FolderOwners): number | null {
  // A container that runs with any user id owns its database, but not the folder of its volume.
  if (databaseOwner !== null) return databaseOwner === user ? null : databaseOwner;
  if (user === 0 && folderOwner !== null && folderOwner !== 0) return folderOwner;
  return null;
}

/** The name of a user of this machine, or the number of one who has no name here. */
function userName(id: number): string {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((one) => one.split(":")[2] === String(id));
    return line?.split(":")[0] || `#${id}`;
  } catch {
    return `#${id}`;
  }
}

/** How a command is run as another user, by name or as #number, which a shell would take for a comment. */
export function commandAs(user: string): string {
  return `sudo -u ${user.startsWith("#") ? `'${user}'` : user} npm run bursar -- …`;
}

const ownerOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.uid ?? null;

/**
 * Prints the data folder on standard error, because a command succeeds on the wrong data folder too.
 *
 * @throws CliRefusal when another user owns the portal's files
 */
export function announceDataFolder(): void {
  const folder = dataDirectory();
  const user = process.getuid?.();
  const required =
    user === undefined
      ? null
      : requiredUser({ user, folderOwner: ownerOf(folder), databaseOwner: ownerOf(databaseFile()) });
  if (required !== null) {
    const name = userName(required);
    throw new CliRefusal(
      `The data folder ${folder} belongs to the user ${name}. Run the command as that user: ${commandAs(name)}`,
      "wrong_user",
    );
  }
  console.error(`Data folder: ${folder}`);
}
