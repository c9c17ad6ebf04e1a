import { afterEach, beforeEach, expect, test } from "vitest";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { type MailServer, type Refusal, startMailServer } from "#tests/support/mail-server.ts";

useFreshDatabase();

let server: MailServer;
let refusal: Refusal | null = null;
beforeEach(async () => {
  refusal = null;
  server = await startMailServer(() => refusal);
  process.env.SMTP_URL = server.url;
  process.env.MAIL_FROM = "bursar@example.edu";
  process.env.APP_URL = "https://bursar.example.edu";
});
afterEach(async () => {
  for (const name of ["SMTP_URL", "MAIL_FROM", "APP_URL"]) delete process.env[name];
  await server.stop();
});

const user = (...args: string[]) => bursar(["user", ...args]);
const mailed = () => server.mails.map(({ recipients, subject, text }) => ({ recipients, subject, text }));

test("create prints the invitation and mails it", async () => {
  const created = await user("create", "dean@example.edu");
  expect(created).toMatchObject({ code: 0, err: "" });
  const [first, second] = created.out.split("\n");
  expect(first).toMatch(
    /^dean@example\.edu \(admin\) accepts the invitation at https:\/\/bursar\.example\.edu\/\S+$/,
  );
  expect(second).toBe("The link was also sent to dean@example.edu.");
  const link = first?.split(" ").at(-1);
  expect(mailed()).toEqual([
    {
      recipients: ["dean@example.edu"],
      subject: "Your access to Bursar of My enterprise",
      text: expect.stringContaining(`Accept the invitation:\n${link}\n`),
    },
  ]);
});

test("reset mails the new link, and --json tells that it was sent", async () => {
  await user("create", "dean@example.edu", "--password", "violet-otter-maps-42");
  const { out } = await user("reset", "dean@example.edu", "--json");
  const { link, ...rest } = JSON.parse(out);
  expect(rest).toEqual({ email: "dean@example.edu", mailed: true });
  expect(mailed()).toEqual([
    {
      recipients: ["dean@example.edu"],
      subject: "Set your password for Bursar",
      text: expect.stringContaining(link),
    },
  ]);
});

test("a mail that cannot be sent does not undo the account, and the link is printed all the same", async () => {
  refusal = { code: 550, message: "No such user here" };
  const created = await user("create", "dean@example.edu", "--json");
  expect(created).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(created.out)).toMatchObject({
    email: "dean@example.edu",
    link: expect.stringMatching(/^https:\/\/bursar\.example\.edu\//),
    mailed: false,
    mailError: expect.stringContaining("No such user here"),
  });
});

test("a link to this machine is not mailed, and a user with a password gets no mail", async () => {
  delete process.env.APP_URL;
  const created = await user("create", "dean@example.edu");
  expect(created.out.split("\n")[1]).toBe(
    "No mail was sent. The link has no address that others can open: set APP_URL.",
  );
  const withPassword = await user("create", "ana@example.edu", "--password", "violet-otter-maps-42");
  expect(withPassword.out).toBe("ana@example.edu (admin) can sign in.\n");
  expect(mailed()).toEqual([]);
});
