// Writes the pages of docs/reference/ that are generated from the code: `npm run docs:reference`.
import { writeFileSync } from "node:fs";
import { commandsReference, environmentReference } from "./reference.ts";

writeFileSync("docs/reference/commands.md", commandsReference());
writeFileSync("docs/reference/environment.md", environmentReference());
