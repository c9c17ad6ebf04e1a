import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { sql } from "drizzle-orm";
import { encode } from "next-auth/jwt";
import { closeDatabase, database, write } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import { runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { insertUser } from "#lib/portal-users/commands/records.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";
import { eventually, freePort, startServer, type TestServer } from "#tests/support/server.ts";
import { OWNER } from "./build-data.ts";

const SESSION_COOKIE = "bursar-session";

export type Portal = TestServer & { cookie: string; memory: MemoryWatch };

/**
 * Checks the organizations as the server's job does when it begins on data whose limits for alerts are out of date, so
 * that the job takes no time from what is measured.
 */
async function checkOrganizations(directory: string): Promise<void> {
  process.env.DATA_DIR = directory;
  while (!(await checkStaleOrganizations()));
  await runMinuteChecks();
  closeDatabase();
}

/** Starts the production server on a data folder, with the session cookie of its owner. */
export async function startPortal(directory: string): Promise<Portal> {
  const cookie = await signedInCookie(directory);
  await checkOrganizations(directory);
  // The benchmark's one API key must not be limited.
  const server = await startServer({ directory, environment: { API_RATE_LIMIT: "0" } });
  return { ...server, cookie, memory: watchMemory(server.process.pid ?? 0) };
}

/**
 * Makes a portal user who may read the oldest organizations by one tag, in the run's own copy of the data, which
 * `DATA_DIR` names.
 */
export async function userOfScope(organizations: number): Promise<{ id: number; email: string }> {
  const email = `reader-of-${organizations}@example.edu`;
  const { id } = await write((tx) => {
    const tag = `benchmark:${organizations}`;
    tx.run(sql`INSERT INTO organization_tags (organization_id, tag)
      SELECT id, ${tag} FROM organizations ORDER BY id LIMIT ${organizations}`);
    const user = insertUser(tx, email, null);
    tx.insert(portalUserGrants)
      .values({ portalUserId: user.id, role: "viewer", tag, source: "portal", createdAt: new Date() })
      .run();
    return user;
  });
  return { id, email };
}

/** @returns the cookie of a session of {@link userOfScope} */
export async function cookieOfScope(directory: string, organizations: number): Promise<string> {
  process.env.DATA_DIR = directory;
  const { email } = await userOfScope(organizations);
  return signedInCookie(directory, email);
}

/** Signs a user in like the sign-in page, without the slow password hash. */
async function signedInCookie(directory: string, email: string = OWNER.email): Promise<string> {
  process.env.DATA_DIR = directory;
  const user = findForSignIn(email);
  const sessionId = user && (await startSession(user.id, "127.0.0.1"));
  if (!sessionId) throw new Error(`${email} cannot sign in`);
  const token = await encode({ token: { sub: sessionId }, secret: authSecret(), salt: SESSION_COOKIE });
  database();
  closeDatabase();
  return `${SESSION_COOKIE}=${token}`;
}

export type MemoryWatch = { stop: () => void; mostMegabytes: () => number };

/** Reads the resident memory of a process twice a second. */
export function watchMemory(pid: number): MemoryWatch {
  let most = 0;
  const look = () => {
    try {
      const kilobytes = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
      most = Math.max(most, kilobytes / 1024);
    } catch {
      // The process has ended.
    }
  };
  const timer = setInterval(look, 500);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
    mostMegabytes: () => {
      look();
      return most;
    },
  };
}

export const REFERENCE = path.join("tests", "bench", "reference");
const NEXT = path.join("node_modules", "next", "dist", "bin", "next");

/** Starts the reference application: the same Next without the product. */
export async function startReference(): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [NEXT, "start", REFERENCE, "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  const url = `http://localhost:${port}`;
  await eventually("the reference application", async () => {
    const answer = await fetch(`${url}/plain`).catch(() => null);
    return answer?.ok ? true : null;
  });
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
