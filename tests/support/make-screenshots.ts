// Makes the pictures in docs/images/ from a server with demo data: `npm run docs:screenshots`.
// Needs Chromium (CHROMIUM_PATH, or /usr/bin/chromium). The server is the production build, made first where it is old.
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { launchBrowser, signIn } from "./browser.ts";
import { makeTemporaryDirectory, removeDirectory } from "./database.ts";
import { startServer } from "./server.ts";

const FOLDER = path.join("docs", "images");
const EMAIL = "owner@example.edu";
const PASSWORD = "correct horse battery";

const SIZES = {
  wide: { viewport: { width: 1120, height: 700 }, isMobile: false },
  phone: { viewport: { width: 390, height: 780 }, isMobile: true },
} as const;

const PICTURES = [
  { url: "/overview", size: "wide", theme: "light" },
  { url: "/overview", size: "phone", theme: "dark" },
  { url: "/organizations", size: "wide", theme: "light" },
  { url: "/organizations/ENG", size: "wide", theme: "dark" },
  { url: "/organizations/ENG", size: "phone", theme: "light" },
  { url: "/organizations", size: "phone", theme: "dark" },
] as const;

const directory = makeTemporaryDirectory();
mkdirSync(FOLDER, { recursive: true });
const server = await startServer({ directory });
server.bursar("demo");
server.bursar("user", "create", EMAIL, "--role", "owner", "--password", PASSWORD);
const browser = await launchBrowser();
try {
  for (const { url, size, theme } of PICTURES) {
    const context = await browser.newContext({ baseURL: server.url, colorScheme: theme, ...SIZES[size] });
    const page = await context.newPage();
    await signIn(page, EMAIL, PASSWORD);
    await page.goto(url, { waitUntil: "networkidle" });
    const name = url === "/organizations/ENG" ? "organization" : url.slice(1);
    const file = path.join(FOLDER, `${name}-${size}-${theme}.png`);
    await page.screenshot({ path: file });
    console.log(`${file} ${Math.round(statSync(file).size / 1000)} KB`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
  removeDirectory(directory);
}
