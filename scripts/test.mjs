// `npm test`: installs, finds a browser, builds, then runs every test. Arguments go to vitest: `npm test -- tests/lib`.
// `npm run test:faults` comes here with `--faults`: the tests under tests/faults alone, in their long form.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, endWithNpm, ensureNativePackages, ensureNode, fail, install, root, say } from "./prepare.mjs";

const faults = process.argv.includes("--faults");
const args = process.argv.slice(2).filter((arg) => arg !== "--faults");
process.chdir(root);
endWithNpm();
install();
await ensureNode(fileURLToPath(import.meta.url));
ensureNativePackages();

const filters = args.filter((arg) => arg.startsWith("tests/"));
const everything = filters.length === 0;
const among = (folder) => filters.some((filter) => filter.startsWith(folder));
const needsBrowser = !faults && (everything || among("tests/e2e") || among("tests/security"));
const needsBuild = needsBrowser || faults || among("tests/faults");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
// The tests must not use the settings of a portal on this machine.
const { SETTINGS } = await import("../lib/environment.ts");
for (const { name } of SETTINGS) delete env[name];
if (faults) {
  // How much of the long form: 1 is all of it, 0.01 a hundredth.
  env.FAULTS_SCALE ||= "1";
  args.push("--project", "faults");
} else delete env.FAULTS_SCALE;
if (needsBrowser) env.CHROMIUM_PATH = chromium();
if (needsBuild) build();

const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const child = spawn(process.execPath, [vitest, "run", ...args], { stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));

function isRunnable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH || "")
    .split(path.delimiter)
    .concat("/usr/bin", "/usr/local/bin", "/snap/bin");
  const usual = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  return names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .concat(usual)
    .find(isRunnable);
}

/** The browser to test with; installed by apt where that is possible without asking. */
function chromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (!isRunnable(chosen)) fail(`CHROMIUM_PATH is "${chosen}", which is no program that can be run.`);
    return chosen;
  }
  const installed = findChromium();
  if (installed) return installed;
  say("Installing Chromium for the browser tests …");
  const isRoot = process.getuid && process.getuid() === 0;
  const apt = (...words) => {
    const command = isRoot ? ["apt-get", ...words] : ["sudo", "-n", "apt-get", ...words];
    return spawnSync(command[0], command.slice(1), {
      stdio: ["ignore", "ignore", "ignore"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  };
  if (process.platform === "linux") {
    apt("update");
    apt("install", "-y", "--no-install-recommends", "chromium");
  }
  return (
    findChromium() ||
    fail(
      "The browser tests need Chromium. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to its program.",
    )
  );
}
