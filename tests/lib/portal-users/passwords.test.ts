import { describe, expect, it } from "vitest";
import { passwordFault } from "#lib/portal-users/passwords.ts";

const context = { email: "ana.silva@physics.example.edu", enterpriseName: "Universität Beispiel" };
const codeOf = async (password: string) => (await passwordFault(password, context))?.code ?? null;

describe("a password that is easy to guess", () => {
  it.each([
    // The most used ones, in any case, width and decoration.
    ["password", "password_common"],
    ["Password", "password_common"],
    ["password1!", "password_common"],
    ["!!iloveyou2026", "password_common"],
    ["ｐａｓｓｗｏｒｄ", "password_common"],
    ["qwertyuiop", "password_common"],
    ["pass word", "password_common"],
    ["trustno1", "password_common"],
    // One or two characters, or counting.
    ["        ", "password_repetitive"],
    ["aaaaaaaaaaaa", "password_repetitive"],
    ["abababababab", "password_repetitive"],
    ["12345678", "password_repetitive"],
    ["87654321", "password_repetitive"],
    ["hijklmnop", "password_repetitive"],
    // An email: one's own in any case, and anybody else's.
    ["ANA.SILVA@physics.example.EDU", "password_is_email"],
    ["head.of.school@example.edu", "password_is_email"],
    // Words of the account, the enterprise and the portal.
    ["anasilva1", "password_of_context"],
    ["ana.silva@physics", "password_of_context"],
    ["Universität26!", "password_of_context"],
    ["universitätbeispiel", "password_of_context"],
    ["Beispiel-123456", "password_of_context"],
    ["bursar-bursar", "password_of_context"],
    ["anasilvazqk", "password_of_context"],
    // Up to six characters around a common one.
    ["iloveyou918273", "password_common"],
    // What people may choose.
    ["iloveyou9182736", null],
    ["anasilvazqkv", null],
    ["acegikmoqsuw", null],
    ["8273645190", null],
    ["some long words", null],
    ["正しい馬の電池の針", null],
    ["🔑🎈🦊🎻🔑🎈🦊🎻", null],
    ["xK9#vQ2m", null],
    ["password of my grandmother", null],
    ["my bursar eats green apples", null],
  ])("%j: %s", async (password, code) => {
    expect(await codeOf(password)).toBe(code);
  });

  it("names the reason", async () => {
    expect((await passwordFault("password", context))?.message).toBe(
      "This is one of the most used passwords, or close to one. Choose another password.",
    );
  });
});
