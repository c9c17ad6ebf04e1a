import { beforeEach, expect, it, vi } from "vitest";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// A hash takes tens of milliseconds and everything else of a sign-in less than one, so the number of hashes is what the
// time of an answer tells. The library stays as it is; its calls are counted.
const hashes = vi.hoisted(() => ({ compared: 0 }));
vi.mock("@node-rs/argon2", async (importOriginal) => {
  const argon2 = await importOriginal<typeof import("@node-rs/argon2")>();
  return {
    ...argon2,
    verify: (...input: Parameters<typeof argon2.verify>) => {
      hashes.compared += 1;
      return argon2.verify(...input);
    },
  };
});

useFreshDatabase();

const PASSWORD = "some long words";
const OFFICE = "192.0.2.7";

beforeEach(async () => {
  for (const email of ["ana@example.edu", "disabled@example.edu"]) {
    value(await createPortalUser({ email, role: "viewer", password: PASSWORD }, operator));
  }
  value(await createPortalUser({ email: "invited@example.edu", role: "viewer" }, operator));
  value(await setPortalUserDisabled({ id: 2, disabled: true }, operator));
  // The first comparison makes the hash that replaces a missing one.
  await signInWithPassword("warm-up@example.edu", "wrong words", null);
});

/** The refusal of a try, and how many hashes it took. */
async function tried(email: string, password = "wrong words"): Promise<[string, number]> {
  hashes.compared = 0;
  const outcome = await signInWithPassword(email, password, OFFICE);
  return [outcome.ok ? "in" : outcome.code, hashes.compared];
}

it("compares one hash whether the account exists, is disabled, has no password, or never was", async () => {
  for (const email of [
    "ana@example.edu",
    "disabled@example.edu",
    "invited@example.edu",
    "nobody@example.edu",
  ]) {
    expect([email, await tried(email)]).toEqual([email, ["credentials_wrong", 1]]);
  }
  expect(await tried("ana@example.edu", "x".repeat(100_000))).toEqual(["credentials_wrong", 1]);
  expect(await tried("\ufdfa".repeat(1_000_000))).toEqual(["credentials_wrong", 1]);
});

it("compares one hash for a try that must wait, at an address that the account knows and at one that it does not", async () => {
  value(await signInWithPassword("ana@example.edu", PASSWORD, OFFICE));
  for (const email of ["ana@example.edu", "nobody@example.edu"]) {
    for (let tries = 0; tries < 5; tries += 1) await tried(email);
    expect([email, await tried(email)]).toEqual([email, ["too_many_tries", 1]]);
  }
});

it("lets one address run ten sign-ins at once, and others go on", async () => {
  const flood = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      signInWithPassword(`n${index}@example.edu`, "wrong words", OFFICE),
    ),
  );
  const codes = flood.map((outcome) => (outcome.ok ? "in" : outcome.code));
  expect(codes.filter((code) => code === "sign_in_busy")).toHaveLength(20);
  value(await signInWithPassword("ana@example.edu", PASSWORD, OFFICE));
});
