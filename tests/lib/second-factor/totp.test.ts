import { describe, expect, it, test } from "vitest";
import { acceptedStep, newTotpSecret, stepAt, totpUri } from "#lib/second-factor/totp.ts";
import { authenticatorCode } from "#tests/support/second-factor.ts";

/** "12345678901234567890", the secret of RFC 6238, appendix B. */
const RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const NOW = new Date("2026-11-24T10:00:00Z");
const LATE = new Date("2026-11-24T10:00:29Z");

// The last six of the eight digits that the RFC lists for SHA-1; oathtool 2.6.7 prints the same.
test.each([
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
])("the code of RFC 6238 at second %i is %s", (seconds, code) => {
  const now = new Date(seconds * 1000);
  expect(acceptedStep(RFC_SECRET, code, { lastStep: null, now })).toBe(Math.floor(seconds / 30));
  expect(authenticatorCode(RFC_SECRET, now)).toBe(code);
});

// Printed by `oathtool --totp -b JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP -N "2026-11-24 09:59:00 UTC"` and so on.
const CODES = { "-2": "638263", "-1": "288500", "0": "310359", "1": "198129", "2": "419921" };

describe("a code of the authenticator app", () => {
  it("is accepted in its own step, and in the one before and after it", () => {
    const present = stepAt(NOW);
    const accepted = (code: string, now = NOW) => acceptedStep(SECRET, code, { lastStep: null, now });
    expect(accepted(CODES["0"])).toBe(present);
    expect(accepted(CODES["-1"])).toBe(present - 1);
    expect(accepted(CODES["1"])).toBe(present + 1);
    expect(accepted(CODES["-2"])).toBeNull();
    expect(accepted(CODES["2"])).toBeNull();
    expect(accepted(CODES["-1"], LATE)).toBe(present - 1);
    expect(accepted(CODES["2"], LATE)).toBeNull();
  });

  it("is refused once its step, or a later one, was used", () => {
    const present = stepAt(NOW);
    expect(acceptedStep(SECRET, CODES["0"], { lastStep: present, now: NOW })).toBeNull();
    expect(acceptedStep(SECRET, CODES["-1"], { lastStep: present, now: NOW })).toBeNull();
    expect(acceptedStep(SECRET, CODES["1"], { lastStep: present, now: NOW })).toBe(present + 1);
    expect(acceptedStep(SECRET, CODES["0"], { lastStep: present + 1, now: NOW })).toBeNull();
  });

  it("is nothing but the six digits", () => {
    for (const code of ["", "31035", "3103590", "0310359", "abcdef", "31035٩"]) {
      expect([code, acceptedStep(SECRET, code, { lastStep: null, now: NOW })]).toEqual([code, null]);
    }
  });
});

test("a new secret has 160 bits, and no two are the same", () => {
  expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
  expect(newTotpSecret()).not.toBe(newTotpSecret());
});

test("the address in the QR code names the enterprise, the account and the parameters", () => {
  expect(totpUri(SECRET, { email: "ana@example.edu", issuer: "Uni of Köln" })).toBe(
    "otpauth://totp/Uni%20of%20K%C3%B6ln:ana%40example.edu?issuer=Uni%20of%20K%C3%B6ln&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30",
  );
});
