import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { editAction, formAction } from "#app/action.ts";
import { closeDatabase } from "#db/client.ts";
import { StorageError } from "#db/unavailable.ts";
import { ForbiddenError, type Role } from "#lib/actor.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { signedInAs } from "#tests/support/signed-in.ts";

/** What Next would know of the request: its headers and cookies. */
const request = vi.hoisted(() => ({ headers: new Headers(), cookies: new Map<string, string>() }));
vi.mock("next/headers", () => ({
  headers: async () => request.headers,
  cookies: async () => ({
    get: (name: string) => {
      const value = request.cookies.get(name);
      return value === undefined ? undefined : { name, value };
    },
  }),
}));

// One for all: a process reads the secret of its sessions once.
const directory = makeTemporaryDirectory();
beforeAll(() => {
  process.env.DATA_DIR = directory;
});
afterAll(() => {
  closeDatabase();
  delete process.env.DATA_DIR;
  removeDirectory(directory);
});

const ORIGIN = "https://portal.example.edu";

async function visit({ role, site = "same-origin" }: { role: Role | null; site?: string }) {
  request.headers = new Headers({
    host: "portal.example.edu",
    origin: site === "same-origin" ? ORIGIN : "https://evil.example",
    "sec-fetch-site": site,
  });
  request.cookies.clear();
  if (role) {
    const { name, value } = await signedInAs(role);
    request.cookies.set(name, value);
  }
}

const input = z.object({
  name: z.string().min(1, "Enter a name.").regex(/^A/, "Begin with A."),
  code: z.string().min(1, "Enter a code."),
});

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

const GOOD = { name: "Ana", code: "X" };

async function send(
  fields: Record<string, string>,
  run: () => Result<string> | Promise<never> = () => done("ok"),
) {
  const ran: unknown[] = [];
  const state = await formAction({
    role: "admin",
    input,
    data: form(fields),
    run: async (value, actor) => {
      ran.push({ value, email: actor.kind === "portal_user" && actor.email });
      return run();
    },
    done: async (value) => ({ finished: true, values: { value } }),
  });
  return { state, ran };
}

it("runs the command with what zod read and who is signed in, and answers with what comes after", async () => {
  await visit({ role: "admin" });
  const { state, ran } = await send({ ...GOOD, more: "ignored" });
  expect(state).toEqual({ finished: true, values: { value: "ok" } });
  expect(ran).toMatchObject([{ value: GOOD, email: expect.stringMatching(/^admin-.*@example\.edu$/) }]);
});

it("refuses before the command runs, and gives back what was typed", async () => {
  await visit({ role: "admin", site: "cross-site" });
  expect(await send(GOOD)).toMatchObject({
    ran: [],
    state: { values: GOOD, message: expect.stringContaining("was not sent from a page of this portal") },
  });
  await visit({ role: null });
  expect(await send(GOOD)).toMatchObject({
    ran: [],
    state: { values: GOOD, message: expect.stringContaining("You are signed out.") },
  });
  await visit({ role: "viewer" });
  expect(await send(GOOD)).toMatchObject({
    ran: [],
    state: {
      values: GOOD,
      message: "Your role, viewer, does not allow this. Ask an owner for the role admin.",
    },
  });
});

it("never gives a password back", async () => {
  await visit({ role: null });
  const { state } = await send({ ...GOOD, password: "p", currentPassword: "c", newPassword: "n" });
  expect(state.values).toEqual(GOOD);
});

it("shows the first fault of each field at its field", async () => {
  await visit({ role: "admin" });
  expect(await send({ name: "", code: "" })).toEqual({
    ran: [],
    state: { values: { name: "", code: "" }, errors: { name: "Enter a name.", code: "Enter a code." } },
  });
});

it("shows a refusal of the command at the field that it names, or else over the form", async () => {
  await visit({ role: "owner" });
  expect((await send(GOOD, () => refused("code_taken", "Taken.", "code"))).state).toEqual({
    values: GOOD,
    errors: { code: "Taken." },
  });
  expect((await send(GOOD, () => refused("gone", "It is gone."))).state).toEqual({
    values: GOOD,
    message: "It is gone.",
  });
});

it("turns a forbidden command and a full disk into a message, and passes every other error on", async () => {
  await visit({ role: "admin" });
  const failing = (error: Error) => send(GOOD, () => Promise.reject(error));
  const forbidden = new ForbiddenError("owner");
  expect((await failing(forbidden)).state).toEqual({ values: GOOD, message: forbidden.message });
  const storage = new StorageError(507, new Error("SQLITE_FULL"));
  expect((await failing(storage)).state).toEqual({ values: GOOD, message: storage.message });
  await expect(failing(new TypeError("a bug"))).rejects.toThrow("a bug");
});

it("is unreadable when it is no form at all", async () => {
  await visit({ role: "admin" });
  const run = async () => done("ok");
  const data = "text" as unknown as FormData;
  expect(await formAction({ role: "admin", input, data, run, done: async () => undefined })).toEqual({
    message: "This form could not be read. Reload the page and try again.",
  });
});

it("an edit needs the values that its form was opened with", async () => {
  await visit({ role: "admin" });
  const ran: unknown[] = [];
  const edit = (fields: Record<string, string>, answer: Result<string>) =>
    editAction({
      role: "admin",
      input,
      data: form(fields),
      run: async (_value, _actor, original) => {
        ran.push(original);
        return answer;
      },
      done: async () => ({ finished: true }),
    });
  const unreadable = "This form could not be read. Reload the page and try again.";
  expect(await edit(GOOD, done("ok"))).toEqual({ values: GOOD, message: unreadable });
  expect(await edit({ ...GOOD, original: "[1]" }, done("ok"))).toMatchObject({ message: unreadable });
  expect(ran).toEqual([]);

  const original = { name: "Al", code: "X" };
  const sent = { ...GOOD, original: JSON.stringify(original) };
  expect(await edit(sent, done("ok"))).toEqual({ finished: true });
  expect(ran).toEqual([original]);

  const current = { name: "Alf", code: "Y" };
  expect(await edit(sent, { ok: false, code: "stale_edit", message: "Stale.", current })).toEqual({
    message: "Stale.",
    values: { name: "Ana", code: "Y", original: JSON.stringify(current) },
    conflicts: {
      name: { typed: "Ana", was: "Al", now: "Alf" },
      code: { typed: null, was: "X", now: "Y" },
    },
  });
});
