import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, authenticatorApps, pendingSignIns, portalSessions } from "#db/schema/index.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { userOfSession } from "#lib/portal-users/queries.ts";
import { hasSecondFactor } from "#lib/portal-users/required-factor.ts";
import { removeAuthenticatorApp, resetSecondFactor } from "#lib/second-factor/commands/manage.ts";
import { finishSecondStep } from "#lib/second-factor/commands/second-step.ts";
import { recoveryCodesLeft } from "#lib/second-factor/queries.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { anAuthenticatorApp, authenticatorCode } from "#tests/support/second-factor.ts";

useFreshDatabase();

const ANA = "ana@example.edu";
const PASSWORD = "some long words";
const HOME = "192.0.2.7";
const ELSEWHERE = "203.0.113.9";

type Person = { kind: "portal_user"; id: number; email: string; role: "owner"; address: string };
let ana: Person;
let secret: string;
let codes: string[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-24T10:00:00Z") });
  const { id } = value(await createPortalUser({ email: ANA, role: "owner", password: PASSWORD }, operator));
  ana = { kind: "portal_user", id, email: ANA, role: "owner", address: HOME };
  const app = await anAuthenticatorApp(ana);
  secret = app.secret;
  codes = app.recoveryCodes;
});
afterEach(() => {
  vi.useRealTimers();
});

const forward = (ms: number) => vi.setSystemTime(Date.now() + ms);
const codeNow = () => authenticatorCode(secret, new Date());
const [first, second] = [0, 1].map((index) => () => codes[index] ?? "") as [() => string, () => string];

async function pending(address = HOME): Promise<string> {
  const step = value(await signInWithPassword(ANA, PASSWORD, address));
  if (!("pendingToken" in step)) throw new Error("a session was started by the password alone");
  return step.pendingToken;
}

/** "in", or why not. */
async function finish(token: string, code: string, address: string | null = HOME): Promise<string> {
  const outcome = await finishSecondStep(token, { code }, address);
  return outcome.ok ? "in" : outcome.code;
}

const sessions = () => database().select().from(portalSessions).all().length;
const actions = () =>
  database()
    .select({ action: auditEntries.action })
    .from(auditEntries)
    .all()
    .map(({ action }) => action);

describe("a sign-in with a second factor", () => {
  it("starts no session by the password, and one by the code", async () => {
    const token = await pending();
    expect(sessions()).toBe(0);
    expect(userOfSession(token)).toBeNull();
    const { sessionId } = value(await finishSecondStep(token, { code: codeNow() }, HOME));
    expect(sessionId).not.toBe(token);
    expect(userOfSession(sessionId)).toMatchObject({ id: ana.id, email: ANA, role: "owner" });
    const entry = database()
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, "session.started"))
      .all()
      .at(-1);
    expect(entry?.after).toBe('{"secondFactor":"authenticator app"}');
  });

  it("takes a code once, in this sign-in and in any other", async () => {
    const code = codeNow();
    const [one, other] = [await pending(), await pending()];
    expect(await finish(one, code)).toBe("in");
    expect(await finish(one, code)).toBe("sign_in_expired");
    expect(await finish(other, code)).toBe("code_wrong");
    forward(30_000);
    expect(await finish(other, code)).toBe("code_wrong");
    expect(await finish(other, codeNow())).toBe("in");
  });

  it("takes a code of the step before, and none that is older", async () => {
    const code = codeNow();
    forward(30_000);
    expect(await finish(await pending(), code)).toBe("in");
    const late = codeNow();
    forward(60_000);
    expect(await finish(await pending(), late)).toBe("code_wrong");
  });

  it("of two uses of one recovery code at the same time, lets in exactly one", async () => {
    const tokens = [await pending(), await pending()];
    const outcomes = await Promise.all(tokens.map((token) => finish(token, first())));
    expect(outcomes.sort()).toEqual(["code_wrong", "in"]);
    expect(recoveryCodesLeft(ana.id)).toBe(9);
    expect(actions().filter((action) => action === "portal_user.recovery_code_used")).toHaveLength(1);
  });

  it("of two uses of one sign-in at the same time, lets in exactly one", async () => {
    const token = await pending();
    const outcomes = await Promise.all([finish(token, first()), finish(token, second())]);
    expect(outcomes.sort()).toEqual(["in", "sign_in_expired"]);
    // The one that came too late used no code up.
    expect(recoveryCodesLeft(ana.id)).toBe(9);
    expect(sessions()).toBe(1);
  });

  it("reads a recovery code however it is typed", async () => {
    const typed = ` ${first().toLowerCase().replaceAll("-", " ")} `;
    expect(await finish(await pending(), typed)).toBe("in");
    expect(await finish(await pending(), first())).toBe("code_wrong");
  });

  it("does not take the recovery code of another account", async () => {
    const { id } = value(
      await createPortalUser({ email: "ben@example.edu", role: "owner", password: PASSWORD }, operator),
    );
    const ben = { ...ana, id, email: "ben@example.edu" };
    const [code = ""] = (await anAuthenticatorApp(ben)).recoveryCodes;
    expect(await finish(await pending(), code)).toBe("code_wrong");
  });

  it("waits ten minutes", async () => {
    const token = await pending();
    forward(10 * 60_000 - 1);
    expect(await finish(token, "000000")).toBe("code_wrong");
    forward(1);
    expect(await finish(token, codeNow())).toBe("sign_in_expired");
    await pending();
    expect(database().select().from(pendingSignIns).all()).toHaveLength(1);
  });

  it.each([
    ["the account is disabled", () => setPortalUserDisabled({ id: ana.id, disabled: true }, operator)],
    ["the password is reset", () => resetPortalUser({ email: ANA }, operator)],
    ["the second factors are reset", () => resetSecondFactor({ email: ANA }, operator)],
  ])("ends when %s", async (_what, change) => {
    value(await createPortalUser({ email: "head@example.edu", role: "owner", password: PASSWORD }, operator));
    const token = await pending();
    value<unknown>(await change());
    expect(await finish(token, codeNow())).toBe("sign_in_expired");
    expect(await finish(token, first())).toBe("sign_in_expired");
    expect(sessions()).toBe(0);
  });

  it("is refused when the app was removed in between, and asks for nothing the next time", async () => {
    const token = await pending();
    const code = codeNow();
    value(await removeAuthenticatorApp(ana));
    expect(await finish(token, code)).toBe("code_wrong");
    expect(await finish(token, first())).toBe("code_wrong");
    expect(recoveryCodesLeft(ana.id)).toBe(0);
    expect(value(await signInWithPassword(ANA, PASSWORD, HOME))).toHaveProperty("sessionId");
  });

  it("is no sign-in for a token that nobody was given", async () => {
    expect(await finish("a".repeat(43), codeNow())).toBe("sign_in_expired");
    expect(await finish("", codeNow())).toBe("sign_in_expired");
  });
});

describe("a second step that fails in its middle", () => {
  it("uses neither the code nor the sign-in up", async () => {
    const token = await pending();
    const sqlite = database().$client;
    sqlite.exec(
      "CREATE TRIGGER no_session BEFORE INSERT ON portal_sessions BEGIN SELECT RAISE(ABORT, 'a fault'); END",
    );
    await expect(finish(token, first())).rejects.toThrow("a fault");
    const code = codeNow();
    await expect(finish(token, code)).rejects.toThrow("a fault");
    expect(recoveryCodesLeft(ana.id)).toBe(10);
    expect(actions()).not.toContain("portal_user.recovery_code_used");
    sqlite.exec("DROP TRIGGER no_session");
    expect(await finish(token, code)).toBe("in");
  });
});

describe("somebody who knows the password and guesses the code", () => {
  const guess = async (count: number, address: string) => {
    const token = await pending(address);
    const outcomes: string[] = [];
    for (let made = 0; made < count; made += 1) outcomes.push(await finish(token, "000000", address));
    return outcomes;
  };

  it("waits longer and longer after five failures, also with a new sign-in and the right code", async () => {
    expect(await guess(7, ELSEWHERE)).toEqual([
      ...Array(5).fill("code_wrong"),
      "too_many_tries",
      "too_many_tries",
    ]);
    expect(await finish(await pending(ELSEWHERE), codeNow(), ELSEWHERE)).toBe("too_many_tries");
    expect(await finish(await pending(ELSEWHERE), first(), ELSEWHERE)).toBe("too_many_tries");
    forward(15_000);
    expect(await finish(await pending(ELSEWHERE), "000000", ELSEWHERE)).toBe("code_wrong");
    forward(15_000);
    expect(await finish(await pending(ELSEWHERE), first(), ELSEWHERE)).toBe("too_many_tries");
    forward(15_000);
    expect(await finish(await pending(ELSEWHERE), first(), ELSEWHERE)).toBe("in");
    expect(actions()).toContain("portal_user.second_factor_delayed");
  });

  it("is not reported when the fifth code is right", async () => {
    expect(await guess(4, ELSEWHERE)).toEqual(Array(4).fill("code_wrong"));
    expect(await finish(await pending(ELSEWHERE), codeNow(), ELSEWHERE)).toBe("in");
    expect(actions()).not.toContain("portal_user.second_factor_delayed");
    expect(await guess(1, ELSEWHERE)).toEqual(["code_wrong"]);
    expect(actions()).toContain("portal_user.second_factor_delayed");
  });

  it("does not keep the owner out at an address where they have signed in before", async () => {
    expect(await finish(await pending(HOME), first(), HOME)).toBe("in");
    await guess(12, ELSEWHERE);
    expect(await finish(await pending(HOME), codeNow(), HOME)).toBe("in");
    expect(await finish(await pending("198.51.100.4"), second(), "198.51.100.4")).toBe("too_many_tries");
  });

  it("is stopped at a familiar address too", async () => {
    expect(await finish(await pending(HOME), first(), HOME)).toBe("in");
    const outcomes = await guess(14, HOME);
    expect(outcomes.slice(-1)).toEqual(["too_many_tries"]);
    expect(await finish(await pending(HOME), codeNow(), HOME)).toBe("too_many_tries");
  });
});

describe("a code of the app when the portal's secret has changed", () => {
  it("is not checked, and a recovery code still lets in", async () => {
    database()
      .update(authenticatorApps)
      .set({ secret: "v1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" })
      .run();
    const token = await pending();
    expect(await finish(token, codeNow())).toBe("authenticator_unreadable");
    expect(await finish(token, first())).toBe("in");
    expect(hasSecondFactor(ana.id)).toBe(true);
  });
});
