import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { recoveryCodesLeft } from "#lib/second-factor/queries.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { anAuthenticatorApp } from "#tests/support/second-factor.ts";

useFreshDatabase();

const PASSWORD = "some long words";
const PROCESSES = 4;

type Child = ChildProcessByStdio<Writable, Readable, null>;

const line = async (child: Child): Promise<string> => String((await once(child.stdout, "data"))[0]).trim();

test("of several processes that use one recovery code at the same moment, exactly one lets in", async () => {
  for (const email of ["ana@example.edu", "bo@example.edu", "chi@example.edu"]) {
    const { id } = value(await createPortalUser({ email, role: "owner", password: PASSWORD }, operator));
    const self = { kind: "portal_user", id, email, role: "owner", address: null } as const;
    const { recoveryCodes } = await anAuthenticatorApp(self);
    const [code = ""] = recoveryCodes;
    const tokens: string[] = [];
    for (let n = 0; n < PROCESSES; n += 1) {
      const step = value(await signInWithPassword(email, PASSWORD, "192.0.2.7"));
      tokens.push("pendingToken" in step ? step.pendingToken : "");
    }
    const children = tokens.map(
      (token): Child =>
        spawn(process.execPath, ["tests/support/use-recovery-code.ts", token, code], {
          env: { ...process.env },
          stdio: ["pipe", "pipe", "inherit"],
        }),
    );
    expect(await Promise.all(children.map(line))).toEqual(Array(PROCESSES).fill("ready"));
    const outcomes = Promise.all(children.map(line));
    for (const child of children) child.stdin.write("go\n");
    expect((await outcomes).sort()).toEqual([...Array(PROCESSES - 1).fill("code_wrong"), "in"]);
    expect(recoveryCodesLeft(id)).toBe(9);
  }
  closeDatabase();
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
});
