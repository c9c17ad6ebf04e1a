import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionId } from "#tests/support/actions.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { type Answer, HttpBrowser } from "#tests/support/http-browser.ts";
import { authenticatorCode } from "#tests/support/second-factor.ts";
import { freePort, startServer } from "#tests/support/server.ts";
import { ROUTES } from "./expectations.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

const run = promisify(execFile);

/** Secrets that nobody could take for anything else. */
const CANARIES = {
  AUTH_SECRET: "canary-auth-secret-0123456789-abcdefghij",
  OIDC_CLIENT_SECRET: "canary-oidc-client-secret",
  "a password": "canary right password",
  "a wrong password": "canary wrong password",
  "a password in the field of the email": "canary-typed-into-the-wrong-field",
  "an old password": "canary password before",
  "the password of the mail server": "canary-mail-server-password",
  "a part of a webhook's address": "canary-address-of-a-webhook",
};
const secrets = new Map<string, string>(Object.entries(CANARIES));

let portal: Portal;
const files = makeTemporaryDirectory();
const answers: Answer[] = [];

/** Uses every secret as a person, an application or an attacker would. */
beforeAll(async () => {
  portal = await startPortal({
    fill: makeSmallEnterprise,
    environment: {
      AUTH_SECRET: CANARIES.AUTH_SECRET,
      OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
      OIDC_CLIENT_ID: "bursar",
      OIDC_CLIENT_SECRET: CANARIES.OIDC_CLIENT_SECRET,
      SMTP_URL: `smtp://bursar:${CANARIES["the password of the mail server"]}@127.0.0.1:${await freePort()}`,
      MAIL_FROM: "bursar@example.edu",
      WEBHOOK_ALLOW_PRIVATE: "on",
    },
  });
  const owner = await portal.signedIn(EMAILS.owner);
  secrets.set("a session's cookie", owner.cookies.get("bursar-session") ?? "");
  const act = async (visitor: HttpBrowser, at: string, name: string, fields: Record<string, string>) => {
    const answer = await visitor.act(at, actionId(name), fields);
    answers.push(answer);
    return answer;
  };

  const invited = await act(owner, "/settings/users", "inviteAction", {
    email: "new@example.edu",
    role: "viewer",
  });
  const token = /\/invite\/([\w-]{43})/.exec(invited.text)?.[1] ?? "";
  secrets.set("an invitation's token", token);
  answers.pop();
  const guest = new HttpBrowser(portal.url);
  await act(guest, `/invite/${token}`, "acceptInvitationAction", {
    token,
    password: CANARIES["an old password"],
  });
  await act(guest, "/account/password", "changePasswordAction", {
    currentPassword: CANARIES["an old password"],
    newPassword: CANARIES["a password"],
  });
  await setUpSecondFactor(guest);
  secrets.set("another session's cookie", guest.cookies.get("bursar-session") ?? "");
  const stranger = new HttpBrowser(portal.url);
  await act(stranger, "/sign-in", "signInAction", {
    email: EMAILS.viewer,
    password: CANARIES["a wrong password"],
  });
  await act(stranger, "/account/password", "changePasswordAction", {
    currentPassword: CANARIES["a wrong password"],
    newPassword: CANARIES["a wrong password"],
  });
  const swapped = await stranger.act("/sign-in", actionId("signInAction"), {
    email: CANARIES["a password in the field of the email"],
    password: "x",
  });
  expect(swapped.status).toBe(200);
  await stranger.send("/sign-in/single-sign-on", { headers: { "sec-fetch-site": "same-origin" } });

  await useWebhooks(owner);
  const bursar = async (...args: string[]) =>
    (
      await run(process.execPath, ["scripts/bursar.mjs", ...args], {
        env: { ...process.env, DATA_DIR: portal.directory },
      })
    ).stdout.trim();
  const key = await bursar("api-key", "create", "--organization", "LAW");
  secrets.set("an API key", key);
  for (const authorization of [
    `Bearer ${key}`,
    `bearer ${key}x`,
    `Basic ${Buffer.from(`a:${key}`).toString("base64")}`,
  ]) {
    for (const target of ["/api/v1/usage", "/api/v1/none", "/organizations", "/api/health/ready"]) {
      answers.push(await stranger.send(target, { headers: { authorization } }));
      answers.push(
        await stranger.send(target, {
          method: "POST",
          headers: { authorization, "content-type": "application/json" },
          body: "{",
        }),
      );
    }
  }
  for (const route of Object.keys(ROUTES)) {
    if (route.startsWith("GET ") && !route.includes("[")) answers.push(await owner.send(route.slice(4)));
  }
  await bursar("backup", path.join(files, "backup.sqlite"));
});

/** Adds a webhook and an endpoint of Slack whose host does not answer, rotates the secret, and sends tests. */
async function useWebhooks(owner: HttpBrowser): Promise<void> {
  const at = "/settings/notifications/endpoints/new";
  const url = `http://127.0.0.1:${await freePort()}/hook?key=${CANARIES["a part of a webhook's address"]}`;
  const secretIn = ({ text }: Answer) => /whsec_[\w+/]{43}=/.exec(text)?.[0] ?? "";
  for (const kind of ["webhook", "slack"]) {
    const added = await owner.act(at, actionId("createEndpointAction"), { kind, url, "event:*": "on" });
    if (kind === "webhook") secrets.set("a webhook's secret", secretIn(added));
  }
  secrets.set("a rotated secret", secretIn(await owner.act(at, actionId("rotateSecretAction"), { id: "1" })));
  // These lead to the endpoint's own page, whose form has the address for the owner who changes it.
  for (const id of ["1", "2"]) await owner.act(at, actionId("sendTestAction"), { id });
  await owner.act(at, actionId("pauseOrResumeAction"), { id: "2", to: "paused" });
  answers.push(await owner.act("/settings/notifications", actionId("sendTestMailAction")));
}

/** Sets up an authenticator app, then signs in again with a wrong recovery code, with a right one, and once too often. */
async function setUpSecondFactor(guest: HttpBrowser): Promise<void> {
  await guest.act("/account", actionId("beginAuthenticatorAction"));
  const page = await guest.send("/account/authenticator");
  const shown = /data-testid="authenticator-key">([A-Z2-7 ]+)</.exec(page.text)?.[1] ?? "";
  const key = shown.replaceAll(" ", "");
  secrets.set("the key of an authenticator app, as it is shown", shown);
  secrets.set("the key of an authenticator app", key);
  /** A code works once. That of the next step is accepted too; that of the step before would soon be too old. */
  const at = (steps: number) => authenticatorCode(key, new Date(Date.now() + steps * 30_000));
  const confirmed = await guest.act("/account/authenticator", actionId("confirmAuthenticatorAction"), {
    code: at(0),
  });
  const codes = confirmed.text.match(/([A-Z2-9]{4}-){3}[A-Z2-9]{4}/g) ?? [];
  for (const [index, code] of codes.entries()) secrets.set(`recovery code ${index}`, code);
  const again = new HttpBrowser(portal.url);
  answers.push(
    await again.act("/sign-in", actionId("signInAction"), {
      email: "new@example.edu",
      password: CANARIES["a password"],
    }),
  );
  secrets.set("a pending sign-in's cookie", again.cookies.get("bursar-second-step") ?? "");
  // The sign-in is used up by the second code, so the third, which would be right, is refused and still works.
  for (const code of ["2222-2222-2222-2222", codes[1] ?? "", codes[2] ?? "", at(1)]) {
    answers.push(await again.act("/sign-in/second-factor", actionId("finishSecondStepAction"), { code }));
  }
  for (const target of ["/account", "/account/authenticator", "/audit", "/audit/export"]) {
    answers.push(await again.send(target));
  }
}

afterAll(async () => {
  await portal?.stop();
  removeDirectory(files);
});

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((file) => path.join(directory, file))
    .filter((file) => statSync(file).isFile());
}

/** The names of the secrets that a text or file holds. */
const held = (bytes: string | Buffer) =>
  [...secrets].filter(([, secret]) => Buffer.from(bytes).includes(secret)).map(([name]) => name);

it("made every secret that it looks for", () => {
  expect([...secrets].filter(([, secret]) => secret.length < 19)).toEqual([]);
  expect(held([...secrets.values()].join(" "))).toHaveLength(secrets.size);
  expect(secrets.get("an API key")).toMatch(/^bur_/);
});

it("writes none of them to its log", () => {
  expect(held(portal.output())).toEqual([]);
});

it("keeps none of them in its data folder: database, log of writes, audit", () => {
  const names = filesUnder(portal.directory);
  expect(names.some((name) => name.endsWith("bursar.sqlite"))).toBe(true);
  for (const file of names) expect([file, held(readFileSync(file))]).toEqual([file, []]);
});

it("puts none of them into a backup", () => {
  const file = path.join(files, "backup.sqlite");
  expect(statSync(file).size).toBeGreaterThan(50_000);
  expect(held(readFileSync(file))).toEqual([]);
});

it("answers none of them, in no page, error or refusal", () => {
  expect(answers.length).toBeGreaterThan(30);
  for (const { status, headers, text } of answers) {
    const { "set-cookie": _, ...rest } = headers;
    expect([status, text.slice(0, 60), held(JSON.stringify(rest) + text)]).toEqual([
      status,
      text.slice(0, 60),
      [],
    ]);
  }
});

describe("what browsers load", () => {
  it("holds no secret, no name of one and nothing of the server", () => {
    const scripts = filesUnder(".next/static");
    expect(scripts.length).toBeGreaterThan(10);
    for (const file of scripts) {
      const text = readFileSync(file, "utf8");
      expect([file, held(text)]).toEqual([file, []]);
      for (const word of [
        "AUTH_SECRET",
        "OIDC_CLIENT_SECRET",
        "OWNER_PASSWORD",
        "METRICS_TOKEN",
        "argon2",
        "better-sqlite3",
        "portal_sessions",
        "password_hash",
        process.cwd(),
      ]) {
        expect([file, word, text.includes(word)]).toEqual([file, word, false]);
      }
      expect(file).not.toMatch(/\.map$/);
    }
  });
});

it("keeps the one-time code of the console only there", async () => {
  const server = await startServer({});
  const code = await server.setupCode();
  const visitor = new HttpBrowser(server.url);
  const answer = await visitor.act("/setup", actionId("setupAction"), {
    oneTimeCode: "WRNG-WRNG-WRNG",
    email: "a@example.edu",
    password: CANARIES["a wrong password"],
  });
  const page = await visitor.send("/setup");
  expect(answer.text + page.text).not.toContain(code);
  expect(answer.text + page.text).not.toContain(CANARIES["a wrong password"]);
  for (const file of filesUnder(server.directory)) {
    expect([
      file,
      readFileSync(file).includes(code) || readFileSync(file).includes(code.replaceAll("-", "")),
    ]).toEqual([file, false]);
  }
  expect(server.output().split(code)).toHaveLength(2);
  await server.stop();
});
