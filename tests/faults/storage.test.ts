import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { actionId } from "#tests/support/actions.ts";
import { operator, value } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { failingDisk } from "#tests/support/failing-disk.ts";
import { say } from "#tests/support/faults.ts";
import { filledForm, ownerCookie } from "#tests/support/portal-client.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

const FORM = "/credit-types/new";
let folder: string;
let before: string | undefined;
let server: TestServer | null;
let unmount: () => void;

beforeEach(() => {
  folder = makeTemporaryDirectory();
  before = process.env.DATA_DIR;
  server = null;
  unmount = () => {};
});
afterEach(async () => {
  await server?.stop();
  closeDatabase();
  unmount();
  if (before === undefined) delete process.env.DATA_DIR;
  else process.env.DATA_DIR = before;
  removeDirectory(folder);
});

/** Starts a portal with an owner on `directory`, and gives what the tests do to it. */
async function portalOn(directory: string, environment: Record<string, string> = {}) {
  process.env.DATA_DIR = directory;
  const cookie = await ownerCookie();
  await makeSmallEnterprise();
  const { key } = value(await createApiKey({ name: "Gateway", organization: null, expires: null }, operator));
  closeDatabase();
  const running = await startServer({ directory, environment });
  server = running;
  const html = await (await fetch(running.url + FORM, { headers: { Cookie: cookie } })).text();
  return {
    running,
    add: async (name: string) => {
      const answer = await fetch(running.url + FORM, {
        method: "POST",
        redirect: "manual",
        headers: { Cookie: cookie, Origin: running.url },
        body: filledForm(html, "currency", { name, currency: "SGD", exchangeRate: "100" }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    spend: async (id: string) => {
      const answer = await fetch(`${running.url}/api/v1/usage`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          id,
          organization: "LAW",
          member: "ana@example.edu",
          application: "essay-coach",
          credits: "0.047",
        }),
      });
      return { ...((await answer.json()) as { code?: string }), status: answer.status };
    },
    read: async () =>
      (await fetch(`${running.url}/credit-types`, { redirect: "manual", headers: { Cookie: cookie } }))
        .status,
    signOut: async () => {
      const form = new FormData();
      form.set(`$ACTION_ID_${actionId("signOutAction")}`, "");
      const answer = await fetch(running.url + FORM, {
        method: "POST",
        redirect: "manual",
        headers: { Cookie: cookie, Origin: running.url },
        body: form,
      });
      const changesSession = answer.headers.getSetCookie().some((set) => set.startsWith("bursar-session="));
      return { status: answer.status, text: await answer.text(), changesSession };
    },
    readiness: async () => {
      const answer = await fetch(`${running.url}/api/health/ready`);
      return { ...((await answer.json()) as { reason?: string }), status: answer.status };
    },
    live: async () => (await fetch(`${running.url}/api/health/live`)).status,
  };
}
type Portal = Awaited<ReturnType<typeof portalOn>>;

const FULL = {
  message: "disk is full",
  reason: "storage_full",
  status: 507,
  code: "storage_full",
};
const FAILING = {
  message: "cannot write to its storage",
  reason: "storage_failing",
  status: 503,
  code: "storage_unavailable",
};
type Fault = typeof FULL;

/**
 * During the fault: writes are refused with a reason, forms keep what was typed, nobody is signed out in appearance
 * alone, reads work, the portal is live but not ready.
 */
async function expectRefusals(portal: Portal, fault: Fault): Promise<void> {
  const { message, reason, status, code } = fault;
  const refused = await portal.add("Typed Credits");
  expect(refused.text).toContain(message);
  expect(refused.text).toContain('value="Typed Credits"');
  expect(refused.status).toBe(200);
  expect(await portal.spend("refused")).toMatchObject({ status, code });
  const signOut = await portal.signOut();
  expect(signOut).toMatchObject({ status: 200, changesSession: false });
  expect(signOut.text).toMatch(new RegExp(`You are still signed in\\..*${message}`));
  expect(await portal.read()).toBe(200);
  await eventually("the portal to say that it is not ready", async () =>
    (await portal.readiness()).status === 503 ? true : null,
  );
  expect(await portal.readiness()).toMatchObject({ status: 503, reason });
  expect(await portal.live()).toBe(200);
}

/** After it, without a restart: the portal is ready, writes work, and nothing that was refused was recorded. */
async function expectRecovery(portal: Portal, accepted: string[]): Promise<void> {
  await eventually("the portal to be ready again", async () =>
    (await portal.readiness()).status === 200 ? true : null,
  );
  expect((await portal.add("After Credits")).status).toBe(303);
  // It was refused, so it is not there: the same id is recorded now, once.
  expect((await portal.spend("refused")).status).toBe(201);
  expect((await portal.spend("refused")).status).toBe(200);
  expect(await portal.signOut()).toMatchObject({ status: 303, changesSession: true });
  expect(await portal.read()).toBe(307);
  await server?.stop();
  server = null;
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
  const sqlite = new Sqlite(databaseFile(), { readonly: true });
  const spends = sqlite.prepare("SELECT count(*) FROM ledger_entries WHERE kind = 'spend'").pluck().get();
  const names = sqlite.prepare("SELECT name FROM credit_types ORDER BY id").pluck().all();
  sqlite.close();
  expect(spends).toBe(1);
  expect(names).toEqual(["JPY Credits", ...accepted, "After Credits"]);
}

/** Adds credit types until one is refused. @returns the names that were taken. */
async function addUntilRefused(portal: Portal): Promise<string[]> {
  const accepted: string[] = [];
  for (let number = 0; number < 200; number += 1) {
    const { status } = await portal.add(`Credits ${number}`);
    if (status !== 303) return accepted;
    accepted.push(`Credits ${number}`);
  }
  throw new Error("the disk never was full");
}

/** A disk of a few megabytes: a tmpfs where this may be mounted; else a limit on the size of the server's files. */
function makeSmallDisk() {
  const directory = path.join(folder, "disk");
  mkdirSync(directory);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", directory]);
  if (mounted.status === 0) {
    unmount = () => spawnSync("umount", [directory]);
    const filler = path.join(directory, "filler");
    return {
      directory,
      by: "a full tmpfs",
      fault: FULL,
      fill: () => {
        const { bavail, bsize } = statfsSync(directory);
        try {
          writeFileSync(filler, Buffer.alloc(bavail * bsize));
        } catch (error) {
          // A job of the server wrote since the free space was read. The disk is full all the same.
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      },
      free: () => rmSync(filler),
    };
  }
  const limit = (size: string) => {
    const done = spawnSync("prlimit", ["--pid", String(server?.process.pid), `--fsize=${size}:`]);
    if (done.status !== 0) throw new Error(`Neither mount nor prlimit works here: ${done.stderr}`);
  };
  return {
    directory,
    by: "a limit on the size of files",
    fault: FAILING,
    fill: () => limit("1"),
    free: () => limit("unlimited"),
  };
}

test("a full disk: writes are refused with a reason, reads continue, and writes work again once there is room", async () => {
  const disk = makeSmallDisk();
  const portal = await portalOn(disk.directory);
  expect((await portal.add("First Credits")).status).toBe(303);
  disk.fill();
  // What the log has of room for itself may still be used.
  const accepted = ["First Credits", ...(await addUntilRefused(portal))];
  await expectRefusals(portal, disk.fault);
  disk.free();
  await expectRecovery(portal, accepted);
  say(`storage: ${disk.by}: ${accepted.length} writes taken, the next refused, recovered without a restart`);
});

test.each([
  ["a disk that takes no more writes, as when it was made read-only", "write"],
  ["a disk whose fsync fails", "sync"],
] as const)("%s", async (_, what) => {
  const directory = path.join(folder, "data");
  mkdirSync(directory);
  const disk = failingDisk(folder, directory);
  const portal = await portalOn(directory, disk.environment);
  expect((await portal.add("First Credits")).status).toBe(303);
  disk.fail(what);
  await expectRefusals(portal, FAILING);
  expect((await portal.add("Second Credits")).status).toBe(200);
  disk.repair();
  await expectRecovery(portal, ["First Credits"]);
  say(`storage: ${what} fails: refused, recovered without a restart`);
});
