import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { database } from "#db/client.ts";
import { prepareDataDirectory } from "#db/data-directory.ts";
import { isBusy, storageError } from "#db/unavailable.ts";
import { errorFields, log } from "#lib/log.ts";
import { serving } from "./requests.ts";

/** For machines: why a portal is not ready. */
export type Unreadiness = "storage_full" | "storage_failing" | "stopping" | "failing";
export type Readiness = { ready: true } | { ready: false; reason: Unreadiness };

/** However many ask, the disk is asked once in this time. */
const KEPT_MS = 1_000;
let last: { at: number; readiness: Readiness } | undefined;

/** More than a usual change needs; of a full disk the log may still have a page of its own left. */
const ROOM_BYTES = 256 * 1024;

/** Puts a file of this size on the disk and takes it away again. */
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
 * Can the portal read and write? It really writes: a file, for room, and SQLite's user_version, which nothing else
 * uses, in a transaction that is committed, for one that is rolled back never reaches the disk.
 */
export function readiness(now = performance.now()): Readiness {
  if (serving.stopping) return { ready: false, reason: "stopping" };
  if (last && now - last.at < KEPT_MS) return last.readiness;
  const before = last?.readiness.ready;
  last = { at: now, readiness: probe(before !== false) };
  if (before === false && last.readiness.ready) log.info("ready again");
  return last.readiness;
}

function probe(complain: boolean): Readiness {
  try {
    probeRoom(prepareDataDirectory());
    const { $client: sqlite } = database();
    sqlite.prepare("SELECT count(*) FROM settings").get();
    sqlite.pragma("user_version = 0");
    return { ready: true };
  } catch (error) {
    // Another process is writing at this moment, so it can be done.
    if (isBusy(error)) return { ready: true };
    if (complain) log.error("not ready", errorFields(error));
    const status = storageError(error)?.status;
    return {
      ready: false,
      reason: status === 507 ? "storage_full" : status === 503 ? "storage_failing" : "failing",
    };
  }
}
