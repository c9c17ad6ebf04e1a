import { desc } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { auditEntries, passkeys, portalSessions, usedChallenges } from "#db/schema/index.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { addPasskey, removePasskey, renamePasskey } from "#lib/second-factor/commands/manage.ts";
import { finishSecondStep, signInWithPasskey } from "#lib/second-factor/commands/second-step.ts";
import { checkCreation, creationOptions, requestOptions, siteOf } from "#lib/second-factor/passkeys.ts";
import { passkeysOf, recoveryCodesLeft } from "#lib/second-factor/queries.ts";
import { passkeySignInBinding, secondStepBinding } from "#lib/second-factor/rules.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { type Lies, SoftwareAuthenticator } from "#tests/support/authenticator.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { inSession } from "#tests/support/second-factor.ts";

useFreshDatabase();

const ORIGIN = "https://portal.example.edu";
const site = siteOf(ORIGIN);
const PASSWORD = "some long words";
const BROWSER = passkeySignInBinding("hash of this browser's token");

type Person = { kind: "portal_user"; id: number; email: string; role: "owner"; address: null };
let ana: Person;
let ben: Person;
let authenticator: SoftwareAuthenticator;

async function person(email: string): Promise<Person> {
  const { id } = value(await createPortalUser({ email, role: "owner", password: PASSWORD }, operator));
  return { kind: "portal_user", id, email, role: "owner", address: null };
}

const optionsFor = (self: Person, boundTo = "new passkey") =>
  creationOptions(self, { site, enterpriseName: "Uni", present: passkeysOf(self.id), boundTo });

async function add(self: Person, device: SoftwareAuthenticator, lies: Lies = {}): Promise<string> {
  const answer = device.make(await optionsFor(self), lies);
  const passkey = await checkCreation(answer, { site, boundTo: "new passkey" });
  if (!passkey) return "refused";
  const added = await inSession(self, (session) => addPasskey({ name: "Laptop", passkey }, self, session));
  return added.ok ? "added" : added.code;
}

beforeEach(async () => {
  ana = await person("ana@example.edu");
  ben = await person("ben@example.edu");
  authenticator = new SoftwareAuthenticator(ORIGIN);
  expect(await add(ana, authenticator)).toBe("added");
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the name of a passkey", () => {
  const nameOf = (self: Person) => passkeysOf(self.id)[0]?.name;
  const first = (self: Person) => passkeysOf(self.id)[0]?.id ?? 0;

  it("is changed by its owner, with an audit entry that verify accepts, and by nobody else", async () => {
    expect(await renamePasskey({ id: first(ana), name: "Old laptop" }, ben)).toMatchObject({
      ok: false,
      code: "passkey_not_found",
    });
    expect(await renamePasskey({ id: first(ana), name: "Old laptop" }, ana)).toEqual({
      ok: true,
      value: { changed: true },
    });
    expect(await renamePasskey({ id: first(ana), name: "Old laptop" }, ana)).toMatchObject({
      value: { changed: false },
    });
    expect(nameOf(ana)).toBe("Old laptop");
    const [entry] = database().select().from(auditEntries).orderBy(desc(auditEntries.id)).limit(1).all();
    expect([entry?.action, entry?.before, JSON.parse(entry?.after ?? "{}")]).toMatchObject([
      "portal_user.passkey_renamed",
      '{"passkey":"Laptop"}',
      { passkey: "Old laptop", passkeys: 1 },
    ]);
    expect(verifyDatabase(databaseFile()).faults).toBe(0);
  });
});

const signInOptions = (boundTo = BROWSER) => requestOptions({ site, allowed: null, boundTo });

/** "in", or the refusal's code. */
async function signIn(answer: string, { boundTo = BROWSER, at = site } = {}): Promise<string> {
  const signedIn = await signInWithPasskey(answer, { site: at, boundTo }, null);
  return signedIn.ok ? "in" : signedIn.code;
}

const sessions = () => database().select().from(portalSessions).all().length;
const actions = () =>
  database()
    .select()
    .from(auditEntries)
    .all()
    .map(({ action }) => action);

describe("a new passkey", () => {
  it("is stored with the host name that it was made for, and makes ten recovery codes", () => {
    const [passkey] = passkeysOf(ana.id);
    expect(passkey).toMatchObject({
      name: "Laptop",
      relyingParty: "portal.example.edu",
      transports: "internal",
    });
    expect(recoveryCodesLeft(ana.id)).toBe(10);
  });

  it("ends the other sessions if it is the first second factor", async () => {
    value(await signInWithPassword(ben.email, PASSWORD, null));
    expect(sessions()).toBe(1);
    expect(await add(ben, new SoftwareAuthenticator(ORIGIN))).toBe("added");
    expect(sessions()).toBe(0);
  });

  it.each<[string, Lies]>([
    ["another origin", { origin: "https://portal.example.edu.evil.example" }],
    ["another port", { origin: "https://portal.example.edu:8443" }],
    ["another host name", { relyingParty: "evil.example" }],
    ["a parent domain", { relyingParty: "example.edu" }],
    ["a signature instead of a new key", { type: "webauthn.get" }],
  ])("of %s is refused", async (_what, lies) => {
    expect(await add(ben, new SoftwareAuthenticator(ORIGIN), lies)).toBe("refused");
    expect(passkeysOf(ben.id)).toEqual([]);
  });

  it("whose challenge another session asked for, or nobody, is refused", async () => {
    const device = new SoftwareAuthenticator(ORIGIN);
    const theirs = device.make(await optionsFor(ben, "new passkey of another session"));
    expect(await checkCreation(theirs, { site, boundTo: "new passkey" })).toBeNull();
    const invented = device.make(JSON.stringify({ challenge: Buffer.alloc(56).toString("base64url") }));
    expect(await checkCreation(invented, { site, boundTo: "new passkey" })).toBeNull();
  });

  it("is stored once, also when the answer is sent again", async () => {
    const device = new SoftwareAuthenticator(ORIGIN);
    const answer = device.make(await optionsFor(ben));
    const checked = await checkCreation(answer, { site, boundTo: "new passkey" });
    if (!checked) throw new Error("refused");
    expect(
      await inSession(ben, (session) => addPasskey({ name: "One", passkey: checked }, ben, session)),
    ).toMatchObject({ ok: true });
    expect(
      await inSession(ben, (session) => addPasskey({ name: "Two", passkey: checked }, ben, session)),
    ).toMatchObject({
      code: "challenge_used",
    });
    // The same credential for another account, with a challenge of its own.
    expect(await add(ana, device)).toBe("passkey_exists");
    expect(passkeysOf(ben.id)).toHaveLength(1);
  });

  it("is refused in a session that has ended, or that is another person's", async () => {
    const checked = async () => {
      const answer = new SoftwareAuthenticator(ORIGIN).make(await optionsFor(ben));
      const passkey = await checkCreation(answer, { site, boundTo: "new passkey" });
      if (!passkey) throw new Error("refused");
      return { name: "Laptop", passkey };
    };
    const ended = await inSession(ben, async (session) => session);
    expect(await addPasskey(await checked(), ben, ended)).toMatchObject({ code: "signed_out" });
    const input = await checked();
    expect(await inSession(ana, (session) => addPasskey(input, ben, session))).toMatchObject({
      code: "signed_out",
    });
    expect(passkeysOf(ben.id)).toEqual([]);
  });

  it("with a certificate is refused, because checking it would fetch what it names", async () => {
    const answer = new SoftwareAuthenticator(ORIGIN).make(
      await optionsFor(ben),
      {},
      {
        format: "packed",
        statement: new Map<string, unknown>([["x5c", Buffer.from("certificate")]]),
      },
    );
    expect(await checkCreation(answer, { site, boundTo: "new passkey" })).toBeNull();
  });

  it("is refused where the answer is none", async () => {
    for (const answer of ["", "{}", "null", "[]", '{"id":1}', "x".repeat(20_000)]) {
      expect([answer.slice(0, 9), await checkCreation(answer, { site, boundTo: "new passkey" })]).toEqual([
        answer.slice(0, 9),
        null,
      ]);
    }
  });
});

describe("a sign-in by a passkey alone", () => {
  it("starts a session", async () => {
    expect(await signIn(authenticator.sign(await signInOptions()))).toBe("in");
    expect(sessions()).toBe(1);
    expect(passkeysOf(ana.id)[0]).toMatchObject({ signatures: 1, lastUsedAt: expect.any(Date) });
  });

  it.each<[string, Lies]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another host name", { relyingParty: "evil.example" }],
    ["an authenticator that did not verify the person", { verifiesPerson: false }],
    ["a new key instead of a signature", { type: "webauthn.create" }],
  ])("with %s is refused", async (_what, lies) => {
    expect(await signIn(authenticator.sign(await signInOptions(), lies))).toBe("passkey_wrong");
    expect(sessions()).toBe(0);
  });

  it("at another address of the portal is refused, although the passkey signs for it", async () => {
    const other = new SoftwareAuthenticator("https://other.example.edu");
    Object.assign(other, {
      credentialId: authenticator.credentialId,
      key: Reflect.get(authenticator, "key"),
    });
    const at = siteOf("https://other.example.edu");
    const options = await requestOptions({ site: at, allowed: null, boundTo: BROWSER });
    expect(await signIn(other.sign(options), { at })).toBe("passkey_wrong");
  });

  it("answers a challenge once within ten minutes, in one browser", async () => {
    // An hour later, so that the challenge of the passkey's creation has expired.
    const start = Date.now() + 3_600_000;
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const answer = authenticator.sign(await signInOptions());
    expect(await signIn(answer, { boundTo: passkeySignInBinding("another browser") })).toBe("passkey_wrong");
    expect(await signIn(answer)).toBe("in");
    expect(await signIn(answer)).toBe("passkey_wrong");
    const late = authenticator.sign(await signInOptions());
    vi.setSystemTime(start + 10 * 60_000);
    expect(await signIn(late)).toBe("passkey_wrong");
    expect(await signIn(authenticator.sign(await signInOptions()))).toBe("in");
    // Challenges that have expired are no longer listed.
    expect(database().select().from(usedChallenges).all()).toHaveLength(1);
  });

  it("of one answer that is sent twice at the same time, lets in exactly one", async () => {
    const answer = authenticator.sign(await signInOptions());
    expect((await Promise.all([signIn(answer), signIn(answer)])).sort()).toEqual(["in", "passkey_wrong"]);
    expect(sessions()).toBe(1);
  });

  it("is refused, and audited, when the count of signatures does not grow", async () => {
    authenticator.signatures = 7;
    expect(await signIn(authenticator.sign(await signInOptions()))).toBe("in");
    for (const signatures of [8, 7, 0]) {
      expect(await signIn(authenticator.sign(await signInOptions(), { signatures }))).toBe("passkey_wrong");
    }
    expect(actions().filter((action) => action === "portal_user.passkey_refused")).toHaveLength(3);
    expect(await signIn(authenticator.sign(await signInOptions()))).toBe("in");
    expect(passkeysOf(ana.id)[0]?.signatures).toBe(9);
  });

  it("accepts an authenticator that does not count", async () => {
    expect(await signIn(authenticator.sign(await signInOptions(), { signatures: 0 }))).toBe("in");
    expect(await signIn(authenticator.sign(await signInOptions(), { signatures: 0 }))).toBe("in");
  });

  it("with the key of another passkey is refused", async () => {
    const other = new SoftwareAuthenticator(ORIGIN);
    expect(await add(ben, other)).toBe("added");
    Object.assign(other, { credentialId: authenticator.credentialId });
    expect(await signIn(other.sign(await signInOptions()))).toBe("passkey_wrong");
    expect(actions()).not.toContain("portal_user.passkey_refused");
  });

  it.each<[string, () => Promise<unknown>]>([
    ["is disabled", () => setPortalUserDisabled({ id: ana.id, disabled: true }, operator)],
    ["has a password that an owner reset", () => resetPortalUser({ email: ana.email }, operator)],
    ["has removed the passkey", () => removePasskey({ id: passkeysOf(ana.id)[0]?.id ?? 0 }, ana)],
  ])("is refused when the account %s", async (_what, change) => {
    const answer = authenticator.sign(await signInOptions());
    await change();
    expect(await signIn(answer)).toBe("passkey_wrong");
    expect(sessions()).toBe(0);
  });
});

describe("a passkey as the second factor", () => {
  const pending = async (self: Person) => {
    const step = value(await signInWithPassword(self.email, PASSWORD, null));
    if (!("pendingToken" in step)) throw new Error("a session was started by the password alone");
    return step.pendingToken;
  };
  const finish = async (token: string, device: SoftwareAuthenticator, lies: Lies = {}, asked = token) => {
    const options = await requestOptions({
      site,
      allowed: passkeysOf(ana.id),
      boundTo: secondStepBinding(tokenHash(asked)),
    });
    const answer = {
      passkey: device.sign(options, lies),
      site,
      boundTo: secondStepBinding(tokenHash(token)),
    };
    const step = await finishSecondStep(token, answer, null);
    return step.ok ? "in" : step.code;
  };

  it("need not verify the person, because the password has", async () => {
    expect(await finish(await pending(ana), authenticator, { verifiesPerson: false })).toBe("in");
  });

  it("answers the challenge of its own sign-in, and belongs to the account", async () => {
    expect(await finish(await pending(ana), authenticator, {}, await pending(ana))).toBe("passkey_wrong");
    const other = new SoftwareAuthenticator(ORIGIN);
    expect(await add(ben, other)).toBe("added");
    expect(await finish(await pending(ana), other)).toBe("passkey_wrong");
    expect(await finish(await pending(ana), authenticator, { origin: "https://evil.example" })).toBe(
      "passkey_wrong",
    );
  });
});

it("the database holds no secret of a passkey", () => {
  expect(Object.keys(database().select().from(passkeys).get() ?? {}).sort()).toEqual([
    "createdAt",
    "credentialId",
    "id",
    "lastUsedAt",
    "name",
    "portalUserId",
    "publicKey",
    "relyingParty",
    "signatures",
    "transports",
  ]);
});
