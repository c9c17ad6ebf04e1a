import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const manifest = z.object({
  node: z.record(
    z.string(),
    z.object({ workers: z.record(z.string(), z.unknown()), filename: z.string(), exportedName: z.string() }),
  ),
});

export type ServerAction = {
  id: string;
  file: string;
  name: string;
  /** The pages that answer to it: "app/(portal)/organizations/page". */
  workers: string[];
};

/** Every server action that the build answers to, in the same order whatever the build, by the file and name of its source. */
export function builtActions(root = process.cwd()): ServerAction[] {
  const file = path.join(root, ".next", "server", "server-reference-manifest.json");
  const { node } = manifest.parse(JSON.parse(readFileSync(file, "utf8")));
  return Object.entries(node)
    .map(([id, { workers, filename, exportedName }]) => ({
      id,
      file: filename,
      name: exportedName,
      workers: Object.keys(workers),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The id of the one action of this name. */
export function actionId(name: string): string {
  const matches = builtActions().filter((action) => action.name === name);
  if (matches.length !== 1 || !matches[0]) throw new Error(`the build has ${matches.length} actions ${name}`);
  return matches[0].id;
}
