import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDataFolder } from "#tests/support/database.ts";

useFreshDataFolder();

/** Every command, by its words, with what it takes. */
const COMMANDS = {
  "credit-type create": "<NAME>",
  "credits purchase": "<TYPE> <AMOUNT>",
  "credits allocate": "[CODE] [AMOUNT]",
  "credits return": "<CODE> <AMOUNT>",
  "import organizations": "<FILE>",
  "import members": "<FILE>",
  "import usage": "<FILE>",
  "usage reverse": "<ID>",
  "sso relink": "",
  "export organizations": "[FILE]",
  "export members": "[FILE]",
  "export transactions": "[FILE]",
  "export refusals": "[FILE]",
  "webhook create": "<URL>",
  "webhook list": "",
  "webhook rotate": "<ID>",
  "webhook test": "<ID>",
  "webhook resend": "<EVENT>",
  "webhook pause": "<ID>",
  "webhook resume": "<ID>",
  "webhook remove": "<ID>",
  "notifications test": "",
  "alerts list": "",
  "alerts ack": "<IDS>",
  "api-key create": "",
  "api-key list": "",
  "api-key revoke": "<ID>",
  "user create": "<EMAIL>",
  "user reset": "<EMAIL>",
  "user reset-second-factor": "<EMAIL>",
  backup: "<FILE>",
  restore: "<FILE>",
  verify: "[FILE]",
  demo: "",
};

describe("--help", () => {
  test.each(Object.entries(COMMANDS))(
    "%s: names its arguments and --json, and opens no database",
    async (words, takes) => {
      const { code, out, err } = await bursar([...words.split(" "), "--help"]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out.split("\n")[0]).toBe(`Usage: bursar ${words} [options]${takes && ` ${takes}`}`);
      expect(out).toMatch(/^ +--json +print one JSON object$/m);
      expect(readdirSync(process.env.DATA_DIR ?? "")).toEqual([]);
    },
  );

  test("names every command", async () => {
    const { code, out, err } = await bursar(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const groups = new Set(Object.keys(COMMANDS).map((words) => words.split(" ")[0] ?? ""));
    const listed = out.slice(out.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+)/gm);
    expect([...listed].map(([, word]) => word).sort()).toEqual([...groups, "help"].sort());
    for (const group of groups) {
      const within = Object.keys(COMMANDS).filter((words) => words.startsWith(`${group} `));
      if (within.length === 0) continue;
      const help = await bursar([group, "--help"]);
      const listed = [...help.out.matchAll(/^ {2}([a-z-]+) (?:\[|<|.*options)/gm)].map(
        ([, word]) => `${group} ${word}`,
      );
      expect(listed.filter((words) => words !== `${group} help`)).toEqual(within);
    }
  });
});

describe("wrong usage exits with 2, and the reason is on standard error", () => {
  test.each([
    [[], "Usage: bursar"],
    [["frob"], "unknown command 'frob'"],
    [["credit-type"], "Usage: bursar credit-type"],
    [["demo", "--frob"], "unknown option '--frob'"],
    [["credit-type", "create", "A", "--currency", "SGD"], "--rate"],
    [["credit-type", "create", " ", "--currency", "SGD", "--rate", "1"], "Enter a name."],
    [["credit-type", "create", "A\u200bB", "--currency", "SGD", "--rate", "1"], "U+200B"],
    [["credit-type", "create", "A", "--currency", "XYZ", "--rate", "1"], "Choose a currency code."],
    [["credit-type", "create", "A", "--currency", "SGD", "--rate", "1e3"], "Enter a number"],
    [["credit-type", "create", "A", "--currency", "SGD", "--rate", "0"], "Must be more than 0."],
    [["credit-type", "create", "A", "--currency", "SGD", "--rate", "-1"], "Must not be negative."],
    [["credits", "purchase", "SGD Credits"], "missing required argument"],
    [["credits", "purchase", "SGD Credits", "1,00"], "Enter a number"],
    [["credits", "purchase", "SGD Credits", "0.0000001"], "At most 6 decimal places."],
    [["credits", "purchase", "SGD Credits", "10000000000000"], "At most 1,000,000,000,000."],
    [["credits", "purchase", "SGD Credits", "1", "--id", "a b"], "--id"],
    [["api-key", "create"], "either --organization or --enterprise is needed."],
    [["api-key", "create", "--enterprise", "--organization", "LAW"], "exclude each other."],
    [["user", "create", "ana"], "Enter an email address"],
    [["user", "reset", "ana@"], "Enter an email address"],
    [["user", "create", "ana@example.edu", "--role", "boss"], "viewer, admin, owner"],
    [
      ["user", "create", "ana@example.edu", "--password", "ana@example.edu"],
      "An email address is easy to guess.",
    ],
    [["import", "organizations"], "missing required argument"],
    [["import", "members"], "missing required argument"],
    [["import", "usage"], "missing required argument"],
  ])("%j", async (args, reason) => {
    const run = await bursar(args);
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain(reason);
    expect(run.err).not.toMatch(/^\s+at /m);
  });

  test("a password that is refused is not repeated", async () => {
    const run = await bursar(["user", "create", "ana@example.edu", "--password", "s3cret!"]);
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain("Between 8 and 200 characters; this has 7.");
    expect(run.err).not.toContain("s3cret!");
  });
});
