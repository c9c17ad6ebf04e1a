import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { database } from "#db/client.ts";
import { portalUserIdentities } from "#db/schema/index.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { confirmationKindOf, confirmSession } from "#lib/second-factor/commands/confirm.ts";
import { confirmedAtOf } from "#lib/second-factor/queries.ts";
import { asksAgain, isLargeMove, isLooserPolicy, secondFactorPolicyInput } from "#lib/second-factor/rules.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { anAuthenticatorApp, authenticatorCode } from "#tests/support/second-factor.ts";

useFreshDatabase();

const PASSWORD = "some long words";
type Person = { kind: "portal_user"; id: number; email: string; role: "owner"; address: string };
let ana: Person;
let sessionId: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-24T10:00:00Z") });
  const email = "ana@example.edu";
  const { id } = value(await createPortalUser({ email, role: "owner", password: PASSWORD }, operator));
  ana = { kind: "portal_user", id, email, role: "owner", address: "192.0.2.7" };
  sessionId = (await startSession(id, ana.address)) ?? "";
});
afterEach(() => {
  vi.useRealTimers();
});

const forward = (ms: number) => vi.setSystemTime(Date.now() + ms);
const isFresh = () => {
  const at = confirmedAtOf(tokenHash(sessionId));
  return at !== null && !asksAgain(at, new Date());
};
const confirm = async (answer: Parameters<typeof confirmSession>[2]) => {
  const confirmed = await confirmSession(ana, sessionId, answer);
  return confirmed.ok ? "confirmed" : confirmed.code;
};

describe("a confirmation", () => {
  it("is the sign-in itself during five minutes", () => {
    expect(isFresh()).toBe(true);
    forward(5 * 60_000);
    expect(isFresh()).toBe(true);
    forward(1);
    expect(isFresh()).toBe(false);
  });

  it("does not count when the clock was set back behind it", () => {
    forward(-1);
    expect(isFresh()).toBe(false);
  });

  it("is the password, where the account has no second factor", async () => {
    forward(6 * 60_000);
    expect(confirmationKindOf(ana.id)).toBe("password");
    expect(await confirm({ password: "wrong words" })).toBe("password_wrong");
    expect(await confirm({ code: "000000" })).toBe("confirmation_kind");
    expect(isFresh()).toBe(false);
    expect(await confirm({ password: PASSWORD })).toBe("confirmed");
    expect(isFresh()).toBe(true);
  });

  it("is the second factor, and then never the password", async () => {
    const { secret, recoveryCodes } = await anAuthenticatorApp(ana);
    // The first second factor ended the other sessions.
    sessionId = (await startSession(ana.id, ana.address)) ?? "";
    forward(6 * 60_000);
    expect(confirmationKindOf(ana.id)).toBe("second_factor");
    expect(await confirm({ password: PASSWORD })).toBe("confirmation_kind");
    expect(await confirm({ code: "000000" })).toBe("code_wrong");
    const code = authenticatorCode(secret, new Date());
    expect(await confirm({ code })).toBe("confirmed");
    expect(isFresh()).toBe(true);
    expect(await confirm({ code })).toBe("code_wrong");
    expect(await confirm({ code: recoveryCodes[0] ?? "" })).toBe("confirmed");
  });

  it("is a new sign-in at the provider, where the account has neither", async () => {
    const { id } = value(await createPortalUser({ email: "sso@example.edu", role: "owner" }, operator));
    database()
      .insert(portalUserIdentities)
      .values({ portalUserId: id, issuer: "https://id.example.edu", subject: "1", createdAt: new Date() })
      .run();
    expect(confirmationKindOf(id)).toBe("single_sign_on");
  });

  it("is delayed as sign-ins are when it is guessed", async () => {
    const outcomes: string[] = [];
    for (let made = 0; made < 6; made += 1) outcomes.push(await confirm({ password: "wrong words" }));
    expect(outcomes).toEqual([...Array(5).fill("password_wrong"), "too_many_tries"]);
    expect(await confirm({ password: PASSWORD })).toBe("too_many_tries");
    forward(15_000);
    expect(await confirm({ password: PASSWORD })).toBe("confirmed");
  });
});

describe("the amount above which an action asks again", () => {
  it("is exact, and empty is never", () => {
    const { askAgainAbove } = secondFactorPolicyInput.parse({
      requireSecondFactor: "off",
      askAgainAbove: "1,000.5",
    });
    expect(askAgainAbove).toBe(1_000_500_000n);
    expect(isLargeMove(1_000_500_000n, askAgainAbove)).toBe(false);
    expect(isLargeMove(1_000_500_001n, askAgainAbove)).toBe(true);
    expect(isLargeMove(10n ** 18n, null)).toBe(false);
    expect(isLargeMove(1n, 0n)).toBe(true);
    const empty = secondFactorPolicyInput.parse({ requireSecondFactor: "on", askAgainAbove: " " });
    expect(empty).toEqual({ requireSecondFactor: true, askAgainAbove: null });
  });

  it.each(["-1", "many", "1e3", "0.0000001"])("is not %s", (text) => {
    const parsed = secondFactorPolicyInput.safeParse({ requireSecondFactor: "off", askAgainAbove: text });
    expect(parsed.error?.issues[0]?.path).toEqual(["askAgainAbove"]);
  });

  it("asks again before the rules ask for less", () => {
    const strict = { requireSecondFactor: true, askAgainAbove: 1_000_000n };
    expect(isLooserPolicy(strict, { ...strict, requireSecondFactor: false })).toBe(true);
    expect(isLooserPolicy(strict, { ...strict, askAgainAbove: null })).toBe(true);
    expect(isLooserPolicy(strict, { ...strict, askAgainAbove: 1_000_001n })).toBe(true);
    expect(isLooserPolicy(strict, { ...strict, askAgainAbove: 0n })).toBe(false);
    expect(isLooserPolicy({ requireSecondFactor: false, askAgainAbove: null }, strict)).toBe(false);
  });
});
