import sharp from "sharp"; import fs from "node:fs";
for (const n of process.argv.slice(2)) await sharp(`docs/images/${n}.webp`).png().toFile(`/tmp/png/${n}.png`);
