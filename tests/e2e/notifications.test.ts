import type { Browser, BrowserContext, Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { run } from "#tests/support/command-line.ts";
import { type MailServer, startMailServer } from "#tests/support/mail-server.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let mail: MailServer;
let browser: Browser;
let receiver: Receiver;
let status = 200;

beforeAll(async () => {
  mail = await startMailServer();
  server = await startServer({
    environment: {
      OWNER_EMAIL: OWNER,
      OWNER_PASSWORD: PASSWORD,
      WEBHOOK_ALLOW_PRIVATE: "on",
      SMTP_URL: mail.url,
      MAIL_FROM: "Bursar <bursar@example.edu>",
    },
  });
  server.bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await mail?.stop();
});

beforeEach(async () => {
  status = 200;
  receiver = await startReceiver((_request, response) => response.writeHead(status).end("thanks"));
  mail.mails.length = 0;
});
afterEach(async () => {
  for (const { id } of (server.bursar("webhook", "list").endpoints ?? []) as { id: number }[]) {
    server.bursar("webhook", "remove", String(id));
  }
  await receiver.stop();
});

async function owner(options: Parameters<Browser["newContext"]>[0] = {}): Promise<{
  context: BrowserContext;
  page: Page;
  errors: string[];
}> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  const page = await context.newPage();
  const errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
  return { context, page, errors };
}

const PATH = "/settings/notifications";
const secretOn = async (page: Page) => (await page.getByTestId("webhook-secret").textContent()) ?? "";

describe.each([true, false])("with JavaScript: %s", (javaScriptEnabled) => {
  it("an owner adds an endpoint, tests it, sees what was sent, sends it again and removes it", async () => {
    const { context, page, errors } = await owner({ javaScriptEnabled });
    await page.goto(PATH);
    await page.getByText("No endpoints yet").waitFor();
    await page.getByRole("link", { name: "Add an endpoint" }).click();
    await page.waitForURL(`**${PATH}/endpoints/new`);
    if (javaScriptEnabled) await expectAccessible(page);

    await page.getByLabel("Web address").fill("not an address");
    await page.getByLabel("Name of the endpoint").fill("Finance");
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByText("Enter an address that begins with https://.").waitFor();
    expect(await page.getByLabel("Name of the endpoint").inputValue()).toBe("Finance");
    expect(await page.getByLabel("All alerts, including those of later versions").isChecked()).toBe(true);

    await page.getByLabel("Web address").fill(`${receiver.url}/hook`);
    await page.getByLabel("All events, including those of later versions").check();
    await page.getByRole("button", { name: "Add endpoint" }).click();
    await page.getByText("Finance was added.").waitFor();
    const secret = await secretOn(page);
    expect(secret).toMatch(/^whsec_/);
    if (javaScriptEnabled) await expectAccessible(page);

    await page.getByRole("link", { name: "Open Finance" }).click();
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText(/^Finance answered with 200 after \d+ ms\.$/).waitFor();
    await page.getByText("Bursar can reach you").waitFor();
    const [request] = receiver.received;
    expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toMatchObject({
      type: "webhook.test",
    });

    server.bursar("credit-type", "create", `Pool ${javaScriptEnabled}`, "--currency", "SGD", "--rate", "100");
    server.bursar("credits", "purchase", `Pool ${javaScriptEnabled}`, "1000000");
    await eventually("the purchase", () =>
      receiver.received.find(({ body }) => JSON.parse(body).type === "credits.purchased"),
    );
    const delivery = page.getByRole("listitem").filter({ hasText: "A purchase was recorded" });
    // The endpoint has the event before Bursar has its answer and has recorded it.
    await eventually("the delivery on the page", async () => {
      await page.reload();
      return (await delivery.getByText("Delivered", { exact: true }).count()) || null;
    });
    await delivery.getByText(/^1 try: answered with 200/).click();
    await delivery.getByText("thanks").waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await delivery.getByRole("button", { name: "Send again" }).click();
    await page.getByText("The event is sent again within a second.", { exact: false }).waitFor();
    const purchases = () =>
      receiver.received.filter(({ body }) => JSON.parse(body).type === "credits.purchased");
    await eventually("the repetition", () => (purchases().length === 2 ? true : null));
    expect(new Set(purchases().map(({ headers }) => headers["webhook-id"])).size).toBe(1);

    await page.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByText("This is the new secret.", { exact: false }).waitFor();
    expect(await secretOn(page)).not.toBe(secret);

    await page.getByRole("link", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove endpoint" }).waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByRole("button", { name: "Remove endpoint" }).click();
    await page.getByText("Finance was removed.").waitFor();
    await page.getByText("No endpoints yet").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("an owner changes an endpoint, pauses it and sees why a test failed", async () => {
    const create = ["webhook", "create", `${receiver.url}/hook`, "--name", "Law", "--event", "member.*"];
    const created = await run(process.execPath, ["scripts/bursar.mjs", ...create], {
      DATA_DIR: server.directory,
      WEBHOOK_ALLOW_PRIVATE: "on",
    });
    expect(created).toMatchObject({ code: 0, err: "" });
    const { context, page, errors } = await owner({ javaScriptEnabled });
    await page.goto(PATH);
    await page.getByText("7 events").waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByRole("link", { name: "Law" }).click();
    status = 500;
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("Law did not accept the test. The answer had the status 500.").first().waitFor();
    await page.getByText("Not delivered").waitFor();

    await page.getByLabel("Name of the endpoint").fill("Faculty of Law");
    await page.getByLabel("A member was added to an organization").uncheck();
    await page.getByRole("button", { name: "Save endpoint" }).click();
    await page.getByText("The endpoint was saved.").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Faculty of Law is paused.").waitFor();
    const { endpoints } = server.bursar("webhook", "list");
    expect(endpoints).toMatchObject([
      {
        name: "Faculty of Law",
        state: "paused",
        events: [
          "member.updated",
          "member.activated",
          "member.deactivated",
          "member.removed",
          "member.deleted",
          "member.merged",
        ],
      },
    ]);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("Faculty of Law is active.").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("an owner chooses what somebody gets by mail, and gets a test mail", async () => {
    const { context, page, errors } = await owner({ javaScriptEnabled });
    await page.goto(PATH);
    await page.getByRole("link", { name: `Change the emails of ${VIEWER}` }).click();
    await page.waitForURL(`**${PATH}/people/*`);
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByLabel("Once a day, from 07:00 on").check();
    await page.getByText("Credits", { exact: false }).first().click();
    await page.getByLabel("A purchase was recorded").check();
    await page.getByRole("button", { name: "Save emails" }).click();
    await page.getByText(`The emails of ${VIEWER} were saved.`).waitFor();
    await page.getByText("1 event · once a day").waitFor();

    await page.getByRole("link", { name: `Change the emails of ${VIEWER}` }).click();
    await page.getByLabel("A purchase was recorded").uncheck();
    await page.getByRole("button", { name: "Save emails" }).click();
    await page.waitForURL(`**${PATH}`);

    await page.getByRole("button", { name: "Send me a test mail" }).click();
    await page.getByText(`A test mail was sent to ${OWNER}.`).waitFor();
    expect(mail.mails.map(({ recipients }) => recipients)).toContainEqual([OWNER]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

it("an invitation is sent by mail, and its link is still shown once", async () => {
  const { context, page } = await owner();
  await page.goto("/settings/users");
  await page.getByLabel("Email", { exact: true }).fill("new@example.edu");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByText("This link was sent to new@example.edu by email.", { exact: false }).waitFor();
  const link = await page.getByTestId("one-time-link").textContent();
  const invitation = mail.mails.find(({ recipients }) => recipients.includes("new@example.edu"));
  expect(invitation?.text).toContain(link);
  expect(invitation?.subject).toBe("Your access to Bursar of My enterprise");
  await page.goto(link ?? "");
  await page.getByText("new@example.edu").waitFor();
  await context.close();
});

it("a mail is readable in light and dark", async () => {
  const { context, page } = await owner();
  await page.goto(PATH);
  await page.getByRole("button", { name: "Send me a test mail" }).click();
  const received = await eventually("the mail", () =>
    mail.mails.find(({ subject }) => subject === "Test mail of My enterprise"),
  );
  for (const colorScheme of ["light", "dark"] as const) {
    // Another page than the portal's, whose policy would refuse the mail's styles.
    const reader = await browser.newPage({ colorScheme });
    await reader.setContent(received.html ?? "");
    await reader.getByText("Bursar can send you mail").waitFor();
    const background = await reader.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe(colorScheme === "light" ? "rgb(244, 244, 245)" : "rgb(24, 24, 27)");
    await reader.close();
  }
  await context.close();
});
