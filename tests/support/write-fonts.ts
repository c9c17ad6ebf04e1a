// Writes the fonts of app/fonts: `npm run fonts`.
import { writeFileSync } from "node:fs";
import { smallFonts } from "./fonts.ts";

for (const { file, content } of await smallFonts()) writeFileSync(file, content);
