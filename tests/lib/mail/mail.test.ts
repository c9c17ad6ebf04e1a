import { asc } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { database, databaseFile, openDatabase, write } from "#db/client.ts";
import { alertRules, mailItems, mails, outboxEvents } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { announceWaiting } from "#lib/alerts/announce.ts";
import { muteRule } from "#lib/alerts/commands/inbox.ts";
import { runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { loadConfig } from "#lib/config.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import type { Frequency } from "#lib/mail/rules/preferences.ts";
import type { RenderedMail } from "#lib/mail/rules/render.ts";
import { sendMail } from "#lib/mail/smtp.ts";
import { composeMails, sendDueMails } from "#lib/mail/worker.ts";
import { dispatchEvents } from "#lib/notifications/dispatch.ts";
import { appendEvent, type NewEvent } from "#lib/outbox/append.ts";
import { setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { insertUser } from "#lib/portal-users/commands/records.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  operator,
  value,
} from "#tests/support/builders.ts";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { type MailServer, type Refusal, startMailServer } from "#tests/support/mail-server.ts";

useFreshDatabase();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let server: MailServer;
let refusal: Refusal | null = null;
let clock = 0;
let owner: Actor & { kind: "portal_user" };

function configure(settings: Record<string, string>): void {
  for (const name of ["SMTP_URL", "MAIL_FROM", "APP_URL"]) delete process.env[name];
  Object.assign(process.env, settings);
  loadConfig();
}

beforeEach(async () => {
  refusal = null;
  server = await startMailServer(() => refusal);
  configure({
    SMTP_URL: server.url,
    MAIL_FROM: "Bursar <bursar@example.edu>",
    APP_URL: "https://portal.example.edu",
  });
  clock = Date.UTC(2026, 10, 26, 9);
  owner = await aPortalUser("owner");
});
afterEach(async () => {
  configure({});
  await server.stop();
});

type Alert = { title?: string; text?: string; organizationId?: number | null };
const happen = ({ title = "The pool is low", text = "", organizationId = null }: Alert = {}) =>
  write((tx) => {
    const data = { title, text, path: "/credit-types/1", organization: null, figures: {} };
    const event: NewEvent = { type: "pool.low", subject: "credit_type:1", organizationId, data };
    return appendEvent(tx, event, new Date(clock));
  });

const options = { now: () => new Date(clock), random: () => 0.5 };
async function work(): Promise<void> {
  await dispatchEvents(new Date(clock));
  await composeMails(new Date(clock));
  await sendDueMails(options);
}

const prefer = async (user: { id: number }, events: string[], frequency: Frequency = "at_once") =>
  value(await setMailPreference({ portalUser: user.id, events, frequency }, operator));
const subjects = () => server.mails.map(({ subject }) => subject);
const stored = () => database().select().from(mails).orderBy(asc(mails.id)).all();

describe("a mail about an event", () => {
  it("has both forms, a link, the sender and a stable id", async () => {
    await happen({
      title: "The pool “JPY” is low",
      text: "12 credits, 8%, are left.\nBuy more <now> & soon.",
    });
    await work();
    const [mail] = server.mails;
    expect(mail).toMatchObject({
      subject: "The pool “JPY” is low",
      from: { name: "Bursar", address: "bursar@example.edu" },
      to: [{ address: "owner@example.edu" }],
      recipients: ["owner@example.edu"],
      messageId: `<${stored()[0]?.messageId}>`,
    });
    expect(mail?.messageId).toMatch(/@portal\.example\.edu>$/);
    expect(mail?.text).toContain("* The pool “JPY” is low");
    expect(mail?.text).toContain("12 credits, 8%, are left.");
    expect(mail?.text).toContain("https://portal.example.edu/credit-types/1");
    expect(mail?.html).toContain('<a class="title" href="https://portal.example.edu/credit-types/1">');
    expect(mail?.html).toContain("12 credits, 8%, are left.<br>Buy more &lt;now&gt; &amp; soon.");
    expect(mail?.html).toContain('<a class="button" href="https://portal.example.edu/credit-types/1">');
    expect(mail?.html).toContain("prefers-color-scheme: dark");
    expect(mail?.headers.find(({ key }) => key === "auto-submitted")?.value).toBe("auto-generated");
    expect(stored()).toMatchObject([{ state: "sent", tries: 1, nextTryAt: null }]);
  });

  it("cannot be given a header or another recipient by a title", async () => {
    await happen({ title: "Low\r\nBcc: eve@example.com\r\n\r\nbody" });
    await work();
    expect(subjects()).toEqual(["Low Bcc: eve@example.com body"]);
    expect(server.mails[0]?.recipients).toEqual(["owner@example.edu"]);
  });

  it("goes to its reader alone, whose address may look like two", async () => {
    const address = '"eve,x"@example.edu';
    const quoted = await aPortalUser("admin", address);
    await prefer(quoted, ["alerts"]);
    await prefer(owner, []);
    await happen();
    await work();
    expect(server.mails.map(({ recipients }) => recipients)).toEqual([[address]]);
    expect(server.mails[0]?.to).toEqual([{ name: "", address }]);
  });

  it("has no link without the portal's address", async () => {
    configure({ SMTP_URL: server.url, MAIL_FROM: "bursar@example.edu" });
    await happen();
    await work();
    expect(server.mails[0]?.html).not.toContain("href=");
    expect(server.mails[0]?.text).not.toContain("http");
  });
});

it("waits for its time without the write lock", async () => {
  await prefer(owner, ["alerts"], "daily");
  await happen();
  await work();
  await happen();
  await dispatchEvents(new Date(clock));
  expect(stored()).toHaveLength(1);
  const other = openDatabase(databaseFile());
  onTestFinished(() => {
    other.$client.close();
  });
  other.$client.exec("BEGIN IMMEDIATE");
  await composeMails(new Date(clock));
  expect(other.$client.inTransaction).toBe(true);
  other.$client.exec("ROLLBACK");
  clock += 24 * HOUR_MS;
  await work();
  expect(stored()).toHaveLength(2);
});

describe("who gets it", () => {
  it("is also an owner whose email comes after 500 others", async () => {
    await write((tx) => {
      for (let user = 0; user < 500; user++) insertUser(tx, `a${user}@example.edu`, null);
    });
    const zoe = await aPortalUser("owner", "zoe@example.edu");
    await prefer(owner, []);
    await happen();
    await work();
    expect(server.mails.map(({ recipients }) => recipients)).toEqual([[zoe.email]]);
  });

  it("is nobody while no mail server is configured", async () => {
    configure({});
    await happen();
    await work();
    expect(database().select().from(outboxEvents).all()).toEqual([]);
    expect(database().select().from(mailItems).all()).toEqual([]);
  });

  it("is the owners by default, and who was chosen", async () => {
    const admin = await aPortalUser("admin");
    await aPortalUser("viewer");
    await prefer(admin, ["pool.low"]);
    const gone = await aPortalUser("admin", "gone@example.edu");
    await prefer(gone, ["pool.low"]);
    value(await setPortalUserDisabled({ id: gone.id, disabled: true }, operator));
    const silent = await aPortalUser("owner", "silent@example.edu");
    await prefer(silent, []);
    await happen();
    await work();
    expect(server.mails.flatMap(({ recipients }) => recipients).sort()).toEqual([
      "admin@example.edu",
      "owner@example.edu",
    ]);
  });

  it("is nobody who may not read the organization, also if the access ended before the mail", async () => {
    await prefer(owner, []);
    const law = await anOrganization({ code: "LAW" });
    const art = await anOrganization({ code: "ART" });
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "admin", { organizationId: law });
    await prefer(dean, ["pool.low"], "daily");
    await happen({ title: "Law", organizationId: law });
    await happen({ title: "Art", organizationId: art });
    await happen({ title: "Everything" });
    clock += 24 * HOUR_MS;
    await work();
    expect(server.mails.map(({ text }) => text?.match(/^\* .*/gm))).toEqual([["* Law"]]);
    await happen({ title: "Law again", organizationId: law });
    await dispatchEvents(new Date(clock));
    database().$client.exec("DELETE FROM portal_user_grants WHERE organization_id IS NOT NULL");
    clock += 24 * HOUR_MS;
    await work();
    expect(server.mails).toHaveLength(1);
    expect(stored()).toHaveLength(1);
  });
});

it("nobody gets an alert whose rules they have all muted", async () => {
  await prefer(await aPortalUser("admin"), ["alerts"]);
  const [first, second] = database().select({ id: alertRules.id }).from(alertRules).all();
  for (const { id } of [first, second].flatMap((rule) => rule ?? [])) {
    value(await muteRule({ rule: id, muted: true }, owner));
  }
  value(await muteRule({ rule: second?.id ?? 0, muted: false }, owner));
  const alert = (title: string, rules: number[]) =>
    write((tx) => {
      const data = { title, text: "", path: "/", organization: null, figures: {}, rules };
      appendEvent(tx, { type: "pool.low", subject: title, organizationId: null, data }, new Date(clock));
    });
  await alert("Muted", [first?.id ?? 0]);
  await alert("Half", [first?.id ?? 0, second?.id ?? 0]);
  await work();
  const told = server.mails.map(({ recipients, text }) => [recipients[0], text?.match(/^\* .*/gm)]);
  expect(told.sort()).toEqual([
    ["admin@example.edu", ["* Half", "* Muted"]],
    ["owner@example.edu", ["* Half"]],
  ]);
});

describe("many events", () => {
  it("at once come as one mail, and later ones as another after two minutes", async () => {
    for (let n = 0; n < 10_000; n += 1) {
      // One transaction each would take a minute.
      if (n % 1_000 !== 0) continue;
      await write((tx) => {
        for (let one = n; one < n + 1_000; one += 1) {
          const data = { title: `Event ${one}`, text: "", path: "/", organization: null, figures: {} };
          appendEvent(
            tx,
            { type: "pool.low", subject: `x:${one}`, organizationId: null, data },
            new Date(clock),
          );
        }
      });
    }
    await work();
    await happen({ title: "Later" });
    clock += 2 * MINUTE_MS - 1;
    await work();
    expect(subjects()).toEqual(["10,000 notifications from My enterprise"]);
    expect(server.mails[0]?.text).toContain("* Event 9999");
    expect(server.mails[0]?.text).toContain("And 9,970 more.");
    expect(server.mails[0]?.text?.match(/^\* /gm)).toHaveLength(30);
    clock += 1;
    await work();
    expect(subjects()).toEqual(["10,000 notifications from My enterprise", "Later"]);
  });

  it("come once a day from seven o'clock in the enterprise's time zone", async () => {
    value(
      await updateSettings(
        { enterpriseName: "Uni", timeZone: "Asia/Singapore", dateFormat: "YYYY-MM-DD" },
        operator,
      ),
    );
    await prefer(owner, ["alerts"], "daily");
    // 06:59 in Singapore.
    clock = Date.UTC(2026, 10, 26, 22, 59);
    await happen({ title: "Before" });
    await work();
    expect(subjects()).toEqual([]);
    clock += MINUTE_MS;
    await work();
    expect(subjects()).toEqual(["Your day: 1 notification from Uni"]);
    expect(server.mails[0]?.text).toContain("2026-11-27 06:59");
    await happen({ title: "After" });
    clock += 16 * HOUR_MS;
    await work();
    expect(server.mails).toHaveLength(1);
    clock += 8 * HOUR_MS;
    await work();
    expect(server.mails).toHaveLength(2);
  });
});

describe("a database that cannot be written to", () => {
  const setWritable = (isWritable: boolean) =>
    database().$client.pragma(`query_only = ${isWritable ? "OFF" : "ON"}`);

  it("sends nothing, and the mail afterwards", async () => {
    await happen();
    await dispatchEvents(new Date(clock));
    await composeMails(new Date(clock));
    setWritable(false);
    await expect(sendDueMails(options)).rejects.toThrow("cannot write to its storage");
    expect(server.mails).toEqual([]);
    setWritable(true);
    await work();
    expect(server.mails).toHaveLength(1);
    expect(stored()).toMatchObject([{ state: "sent", tries: 1 }]);
  });

  it("after a mail was sent lets it be sent again after the pause of a failure, with the same id", async () => {
    await happen();
    await dispatchEvents(new Date(clock));
    await composeMails(new Date(clock));
    const send = async (to: string, mail: RenderedMail, messageId: string) => {
      const outcome = await sendMail(to, mail, messageId);
      setWritable(false);
      return outcome;
    };
    await expect(sendDueMails({ ...options, send })).rejects.toThrow("cannot write to its storage");
    setWritable(true);
    clock += 9_999;
    await work();
    expect(server.mails).toHaveLength(1);
    clock += 1;
    await work();
    expect(server.mails.map(({ messageId }) => messageId)).toEqual(
      Array(2).fill(`<${stored()[0]?.messageId}>`),
    );
    expect(stored()).toMatchObject([{ state: "sent", tries: 1, nextTryAt: null }]);
  });
});

describe("a mail server that fails", () => {
  it("is tried again with the same id, and nothing is lost", async () => {
    refusal = { code: 451, message: "Try again later" };
    await happen();
    await work();
    expect(stored()).toMatchObject([
      {
        state: "waiting",
        tries: 1,
        nextTryAt: new Date(clock + 10_000),
        error: expect.stringContaining("Try again later"),
      },
    ]);
    const id = stored()[0]?.messageId;
    refusal = null;
    clock += 10_000;
    await work();
    expect(server.mails.map(({ messageId }) => messageId)).toEqual([`<${id}>`]);
    expect(stored()).toMatchObject([{ state: "sent", tries: 2, error: null }]);
  });

  it("that knows no such mailbox is not tried again", async () => {
    refusal = { code: 550, message: "No such user here" };
    await happen();
    await work();
    expect(stored()).toMatchObject([{ state: "failed", tries: 1, nextTryAt: null }]);
    expect(stored()[0]?.error).toContain("No such user here");
  });

  it("or is away is tried eight times", async () => {
    await server.stop();
    await happen();
    for (let tries = 0; tries < 10; tries += 1) {
      await work();
      clock = stored()[0]?.nextTryAt?.getTime() ?? clock;
    }
    expect(stored()).toMatchObject([
      { state: "failed", tries: 8, error: "The mail server cannot be reached." },
    ]);
    server = await startMailServer();
  });

  it("tells no password of SMTP_URL", async () => {
    const locked = await startMailServer(() => null, { user: "bursar", password: "right" });
    try {
      const wrong = locked.url.replace("right", "hidden-password");
      configure({ SMTP_URL: wrong, MAIL_FROM: "bursar@example.edu" });
      await happen();
      await work();
      expect(stored()).toMatchObject([{ state: "waiting" }]);
      expect(stored()[0]?.error).not.toContain("hidden-password");
      configure({ SMTP_URL: locked.url, MAIL_FROM: "bursar@example.edu" });
      clock += 10_000;
      await work();
      expect(locked.mails).toHaveLength(1);
    } finally {
      await locked.stop();
    }
  });
});

it("the command line sends a test to the owners or to another address", async () => {
  expect(await bursar(["notifications", "test"])).toEqual({
    code: 0,
    err: "",
    out: "owner@example.edu: sent\n",
  });
  expect(await bursar(["notifications", "test", "--mail", "ana@example.edu"])).toMatchObject({ code: 0 });
  expect(server.mails.map(({ recipients, subject }) => [recipients, subject])).toEqual([
    [["owner@example.edu"], "Test mail of My enterprise"],
    [["ana@example.edu"], "Test mail of My enterprise"],
  ]);
  refusal = { code: 550, message: "No such user here" };
  const failed = await bursar(["notifications", "test"]);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain("owner@example.edu: The mail server refused the mail: 550 No such user here");
});

describe("a digest of alerts about several organizations", () => {
  let dean: Actor & { kind: "portal_user" };

  /** 30 organizations whose balance of 0 opens an alert each: R0 to R29, of which the dean may read R0 and R1. */
  beforeEach(async () => {
    const creditType = await aCreditType({});
    dean = await aPortalUser(null, "dean@example.edu");
    for (let n = 0; n < 30; n++) {
      const id = await anOrganization({ code: `R${n}`, creditType });
      if (n < 2) await aGrant(dean, "viewer", { organizationId: id });
    }
    await prefer(owner, ["organization.balance_low"]);
    await prefer(dean, ["organization.balance_low"]);
    database().$client.exec("UPDATE organizations SET credits_moved = 1");
    expect(await checkStaleOrganizations(new Date(clock), { runMs: 600_000 })).toBe(true);
    await runMinuteChecks(new Date(clock));
  });

  const told = () =>
    server.mails
      .map(({ to, subject, text }) => [
        to?.[0]?.address,
        subject,
        [...(text ?? "").matchAll(/\bR\d+(?=:)/g)].join(" "),
      ])
      .sort();

  it("tells people with grants on some of them about these alone", async () => {
    await work();
    expect(told()).toEqual([
      ["dean@example.edu", "2 alerts: An organization’s balance or runway is low", "R0 R1"],
      [
        "owner@example.edu",
        "30 alerts: An organization’s balance or runway is low",
        "R0 R1 R2 R3 R4 R5 R6 R7 R8 R9",
      ],
    ]);
  });

  it("tells somebody who may not read one of them any more about the other", async () => {
    await dispatchEvents(new Date(clock));
    database().$client.exec(
      "DELETE FROM portal_user_grants WHERE portal_user_id = 2 AND organization_id = 1",
    );
    await work();
    expect(told()[0]).toEqual([
      "dean@example.edu",
      "1 alert: An organization’s balance or runway is low",
      "R1",
    ]);
  });

  it("tells nothing to somebody who may not read any of them any more", async () => {
    await dispatchEvents(new Date(clock));
    const law = await anOrganization({ code: "LAW" });
    await aGrant(dean, "viewer", { organizationId: law });
    database().$client.exec(
      `DELETE FROM portal_user_grants WHERE portal_user_id = 2 AND organization_id <> ${law}`,
    );
    await work();
    expect(told().map(([address]) => address)).toEqual(["owner@example.edu"]);
  });

  it("names others in place of those that its reader may not see any more", async () => {
    const rows = [...Array(12).keys()].map((n) => n + 3);
    for (const organizationId of rows) await aGrant(dean, "viewer", { organizationId });
    database().$client.exec("UPDATE alerts SET announced = 0");
    database().$client.exec("DELETE FROM outbox_events");
    await write((tx) => announceWaiting(tx, new Date(clock)));
    await dispatchEvents(new Date(clock));
    database().$client.exec(
      "DELETE FROM portal_user_grants WHERE portal_user_id = 2 AND organization_id IN (1, 2)",
    );
    await work();
    expect(told()[0]).toEqual([
      "dean@example.edu",
      "12 alerts: An organization’s balance or runway is low",
      "R2 R3 R4 R5 R6 R7 R8 R9 R10 R11",
    ]);
    expect(server.mails.find(({ to }) => to?.[0]?.address === "dean@example.edu")?.text).toContain(
      "and 2 more.",
    );
  });

  it("tells nothing to somebody without a grant on one of them, or who has muted the rule", async () => {
    const other = await aPortalUser(null, "other@example.edu");
    await aGrant(other, "viewer", { tag: "nothing:here" });
    await prefer(other, ["*"]);
    database().$client.exec("INSERT INTO alert_mutes SELECT 2, id FROM alert_rules");
    await work();
    expect(told().map(([address]) => address)).toEqual(["owner@example.edu"]);
  });

  it("reaches a webhook as the digest of the enterprise, and not as that of a reader", async () => {
    value(
      await createEndpoint(
        { kind: "webhook", name: "Hook", url: "https://example.edu/", events: ["*"] },
        owner,
      ),
    );
    await dispatchEvents(new Date(clock));
    const subjects = database()
      .$client.prepare("SELECT e.subject FROM deliveries d JOIN outbox_events e ON e.id = d.event_id")
      .pluck()
      .all();
    expect(subjects).toContain("portal:0");
    expect(subjects.filter((subject) => String(subject).startsWith("reader:"))).toEqual([]);
  });
});
