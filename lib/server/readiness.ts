import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { database } from "#db/client.ts";
import { prepareDataDirectory } from "#db/data-directory.ts";
import { isBusy, storageError } from "#db/unavailable.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { serving } from "./request-log.ts";

/** For machines: why a portal is not ready. */
export type Unreadiness = "storage_full" | "storage_failing" | "stopping" | "failing";
export type Readiness = { ready: true } | { ready: false; reason: Unreadiness };

/** The disk is checked at most once in this time, however many requests ask. */
const PROBE_EVERY_MS = 1_000;
type Probe = { at: number; readiness: Readiness };
const probes = processWide<{ last: Probe | null }>("lib/server/readiness", () => ({ last: null }));

/** More than a usual change needs. On a full disk the write-ahead log may still have room for a page. */
const ROOM_BYTES = 256 * 1024;

/** Writes a file of {@link ROOM_BYTES} and removes it. */
function probeRoom(directory: string): void {
  const file = path.join(directory, "probe.tmp");
  try {
    const handle = openSync(file, "w", 0o600);
    try {
      writeFileSync(handle, randomBytes(ROOM_BYTES));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * Whether the portal can read and write. To find out it writes a file, which needs room on the disk, and commits
 * SQLite's user_version, which nothing else uses: a transaction that is rolled back never reaches the disk.
 *
 * @param now in milliseconds of `performance.now()`
 */
export function readiness(now = performance.now()): Readiness {
  if (serving.stopping) return { ready: false, reason: "stopping" };
  const { last } = probes;
  if (last && now - last.at < PROBE_EVERY_MS) return last.readiness;
  const wasReady = last?.readiness.ready !== false;
  const current = probe(wasReady);
  probes.last = { at: now, readiness: current };
  if (!wasReady && current.ready) log.info("ready again");
  return current;
}

function probe(logsFault: boolean): Readiness {
  try {
    probeRoom(prepareDataDirectory());
    const { $client: sqlite } = database();
    sqlite.prepare("SELECT count(*) FROM settings").get();
    sqlite.pragma("user_version = 0");
    return { ready: true };
  } catch (error) {
    // Another process is writing at this moment, so writing works.
    if (isBusy(error)) return { ready: true };
    if (logsFault) log.error("not ready", errorFields(error));
    const status = storageError(error)?.status;
    return {
      ready: false,
      reason: status === 507 ? "storage_full" : status === 503 ? "storage_failing" : "failing",
    };
  }
}
