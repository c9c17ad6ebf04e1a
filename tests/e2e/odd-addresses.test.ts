import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeDatabase, database } from "#db/client.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { ownerCookie } from "#tests/support/portal-client.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let cookie: string;
const directory = makeTemporaryDirectory();
const before = process.env.DATA_DIR;

beforeAll(async () => {
  process.env.DATA_DIR = directory;
  database();
  await makeSmallEnterprise();
  cookie = await ownerCookie();
  closeDatabase();
  server = await startServer({ directory });
});

afterAll(async () => {
  await server?.stop();
  if (before === undefined) delete process.env.DATA_DIR;
  else process.env.DATA_DIR = before;
  removeDirectory(directory);
});

async function read(address: string) {
  const answer = await fetch(server.url + address, { headers: { Cookie: cookie }, redirect: "manual" });
  const text = (await answer.text()).replaceAll("<!-- -->", "");
  const [, note = null] = /<p role="status"[^>]*>(Ignored.*?)<\/p>/.exec(text) ?? [];
  return {
    status: answer.status,
    location: answer.headers.get("location"),
    note: note?.replace(/<[^>]*>/g, "") ?? null,
    text,
  };
}

describe("an address with a value that cannot be read", () => {
  it.each([
    ["/transactions?from=2026-02-30", "from=2026-02-30"],
    ["/transactions?to=soon&kind=gift", "to=soon, kind=gift"],
    ["/organizations/LAW/transactions?from=30.02.2026", "from=30.02.2026"],
    ["/audit?from=2026-13-01&actor=me", "actor=me, from=2026-13-01"],
    ["/organizations?status=gone&sort=size&view=list&page=0", "status=gone, sort=size, view=list and 1 more"],
    ["/organizations?tag=science", "tag=science"],
    ["/members?role=king", "role=king"],
    ["/organizations/LAW/members?sort=age", "sort=age"],
    ["/api-keys?scope=moon", "scope=moon"],
    ["/organizations/LAW/api-keys?before=x", "before=x"],
    [`/members?role=${"x".repeat(100)}`, `role=${"x".repeat(60)}…`],
    ["/members?role=%3Cb%3Eking", "role=&lt;b&gt;king"],
  ])("%s is answered as without it, with a note", async (address, misread) => {
    expect(await read(address)).toMatchObject({
      status: 200,
      note: `Ignored, because not understood: ${misread}`,
    });
  });

  it.each([
    "/transactions?from=2026-02-28",
    "/audit?from=2026-02-28",
    "/organizations?status=active&page=9",
    "/members",
    "/api-keys",
  ])("%s has no note", async (address) => {
    expect(await read(address)).toMatchObject({ status: 200, note: null });
  });

  it.each([
    ["/transactions?from=2026-02-30&to=", "/transactions?from=2026-02-30"],
    ["/audit?from=2026-02-30&q=", "/audit?from=2026-02-30"],
  ])("%s keeps it on the way to the tidy address", async (address, location) => {
    expect(await read(address)).toMatchObject({ status: 307, location });
  });
});

describe("an address with a broken escape", () => {
  it.each(["/organizations/%FF", "/organizations/%E0%A4%A/members", "/%", "/members/%00"])(
    "%s is not there",
    async (address) => {
      const { status, text } = await read(address);
      expect([status, text.includes("Page not found")]).toEqual([404, true]);
    },
  );
});
