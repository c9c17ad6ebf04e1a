import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import {
  addPasskey,
  makeRecoveryCodes,
  removeAuthenticatorApp,
  removePasskey,
} from "#lib/second-factor/commands/manage.ts";
import { finishSecondStep } from "#lib/second-factor/commands/second-step.ts";
import { authenticatorAppOf, passkeysOf, recoveryCodesLeft } from "#lib/second-factor/queries.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { anAuthenticatorApp, authenticatorCode, inSession } from "#tests/support/second-factor.ts";

useFreshDatabase();

const PASSWORD = "some long words";
const ANA = "ana@example.edu";
type Person = { kind: "portal_user"; id: number; email: string; role: "owner"; address: null };
let ana: Person;
let secret: string;
let codes: string[];
const backup = () => path.join(process.env.DATA_DIR ?? "", "backup.sqlite");

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2027-01-04T10:00:00Z") });
  const { id } = value(await createPortalUser({ email: ANA, role: "owner", password: PASSWORD }, operator));
  ana = { kind: "portal_user", id, email: ANA, role: "owner", address: null };
  ({ secret, recoveryCodes: codes } = await anAuthenticatorApp(ana));
  await addKey("Laptop", "credential-1");
  value(await backUp(backup(), operator));
});
afterEach(() => {
  vi.useRealTimers();
});

const addKey = async (name: string, credentialId: string) => {
  const passkey = {
    challenge: `challenge of ${credentialId}`,
    credentialId,
    publicKey: "key",
    relyingParty: "portal.example.edu",
    signatures: 5,
    transports: "",
  };
  value(await inSession(ana, (session) => addPasskey({ name, passkey }, ana, session)));
};

async function signIn(code: string): Promise<string> {
  const step = value(await signInWithPassword(ANA, PASSWORD, null));
  if (!("pendingToken" in step)) return "no second factor";
  const finished = await finishSecondStep(step.pendingToken, { code }, null);
  return finished.ok ? "in" : finished.code;
}

async function restore({ asItWas = false } = {}) {
  closeDatabase();
  return value(await restoreBackup(backup(), operator, { asItWas })).withdrawn.factors;
}

const withdrawals = () =>
  database()
    .select({ action: auditEntries.action })
    .from(auditEntries)
    .all()
    .filter(({ action }) => action === "portal_user.second_factor_withdrawn").length;

function expectVerified() {
  closeDatabase();
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
}

describe("after a restore", () => {
  it("nothing is withdrawn where nothing has changed", async () => {
    expect(await restore()).toEqual([]);
    expect(withdrawals()).toBe(0);
    expect(await signIn(authenticatorCode(secret, new Date()))).toBe("in");
    expectVerified();
  });

  it("a code of the app, and a recovery code, that were used since stay used", async () => {
    const code = authenticatorCode(secret, new Date());
    expect(await signIn(code)).toBe("in");
    expect(await signIn(codes[0] ?? "")).toBe("in");
    expect(await restore()).toEqual([ANA]);
    expect(await signIn(code)).toBe("code_wrong");
    expect(await signIn(codes[0] ?? "")).toBe("code_wrong");
    expect(recoveryCodesLeft(ana.id)).toBe(9);
    expect(await signIn(codes[1] ?? "")).toBe("in");
    expect(withdrawals()).toBe(1);
    expectVerified();
  });

  it("factors that were removed since stay removed, and the others stay", async () => {
    value(await removePasskey({ id: passkeysOf(ana.id)[0]?.id ?? 0 }, ana));
    await addKey("Phone", "credential-2");
    expect(await restore()).toEqual([ANA]);
    expect(passkeysOf(ana.id)).toEqual([]);
    expect(authenticatorAppOf(ana.id)).not.toBeNull();
    expectVerified();
  });

  it("an app that was removed since, the last factor, stays removed with its recovery codes", async () => {
    value(await removePasskey({ id: passkeysOf(ana.id)[0]?.id ?? 0 }, ana));
    value(await removeAuthenticatorApp(ana));
    expect(await restore()).toEqual([ANA]);
    expect(await signIn(codes[0] ?? "")).toBe("no second factor");
    expect(recoveryCodesLeft(ana.id)).toBe(0);
    expectVerified();
  });

  it("recovery codes that were replaced since do not work", async () => {
    value(await makeRecoveryCodes(ana));
    expect(await restore()).toEqual([ANA]);
    expect(await signIn(codes[0] ?? "")).toBe("code_wrong");
    expect(recoveryCodesLeft(ana.id)).toBe(0);
    expectVerified();
  });

  it("counts of signatures do not go back", async () => {
    database().$client.exec("UPDATE passkeys SET signatures = 9");
    expect(await restore()).toEqual([]);
    expect(passkeysOf(ana.id)[0]?.signatures).toBe(9);
  });

  it("with “as it was” they live again, and are listed; a used code of the app stays used", async () => {
    const code = authenticatorCode(secret, new Date());
    expect(await signIn(code)).toBe("in");
    expect(await signIn(codes[0] ?? "")).toBe("in");
    expect(await restore({ asItWas: true })).toEqual([ANA]);
    expect(withdrawals()).toBe(0);
    expect(await signIn(code)).toBe("code_wrong");
    expect(await signIn(codes[0] ?? "")).toBe("in");
  });
});
