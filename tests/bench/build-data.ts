// Builds a benchmark's data folder: `node tests/bench/build-data.ts full FOLDER`.
import path from "node:path";
import { parseArgs } from "node:util";
import Sqlite from "better-sqlite3";
import { closeDatabase } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { createFirstOwner } from "#lib/portal-users/commands/setup.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { accepted, buildEnterprise, operator } from "./enterprise.ts";
import { fillSpends } from "./entries.ts";
import { SCALES, type ScaleName } from "./scale.ts";

export const OWNER = { email: "owner@example.edu", password: "benchmark-only-4711" };

const YEAR_MS = 365 * 86_400_000;
/** How many entries of each rare kind. */
const RARE = 100;

async function buildData(scaleName: ScaleName, directory: string): Promise<void> {
  const scale = SCALES[scaleName];
  const file = path.join(directory, "bursar.sqlite");
  const end = new Date();
  const start = new Date(end.getTime() - YEAR_MS);
  const step = timer();
  process.env.DATA_DIR = directory;
  await createFirstOwner(OWNER.email, OWNER.password);
  await buildEnterprise(scale, start);
  closeDatabase();
  step(`${scale.organizations} organizations, ${scale.memberships} members by the product's commands`);

  const sqlite = new Sqlite(file);
  sqlite.pragma("journal_mode = DELETE");
  sqlite.pragma("synchronous = OFF");
  sqlite.pragma("foreign_keys = OFF");
  sqlite.pragma("cache_size = -400000");
  // In memory, building an index of ten million rows would take gigabytes.
  sqlite.pragma("temp_store = FILE");
  const known = sqlite.prepare<[], { n: number }>("SELECT max(id) AS n FROM ledger_entries").get()?.n ?? 0;
  fillSpends(sqlite, scale.entries - known - 2 * RARE, start, end);
  sqlite.close();
  step("spends by the product's rules, and their sums");

  // The rare kinds are made by the product's commands.
  for (let n = 0; n < RARE; n++) {
    accepted(
      await reverseEntry(
        { entry: known + 1 + n * 37, note: null, requestId: `bench-reversal-${n}` },
        operator,
      ),
    );
    accepted(
      await returnCredits(
        { organization: n + 1, amount: 1_000_000n, note: null, requestId: `bench-return-${n}` },
        operator,
      ),
    );
  }
  closeDatabase();
  step("reversals and returns");
}

function timer() {
  let last = performance.now();
  return (what: string) => {
    const now = performance.now();
    console.log(`  ${((now - last) / 1000).toFixed(1)} s: ${what}`);
    last = now;
  };
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { verify: { type: "boolean" } },
  });
  const [scaleName = "", directory = ""] = positionals;
  if (!Object.hasOwn(SCALES, scaleName) || directory === "") {
    throw new Error("node tests/bench/build-data.ts full|small|hundred FOLDER [--verify]");
  }
  await buildData(scaleName as ScaleName, directory);
  if (values.verify) {
    const step = timer();
    const { ok, faults, ledgerEntries } = verifyDatabase(path.join(directory, "bursar.sqlite"));
    if (!ok) throw new Error(`verify found ${faults} faults`);
    step(`verify is clean over ${ledgerEntries} entries`);
  }
}
