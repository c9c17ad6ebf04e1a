import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page, Response } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { launchBrowser, signIn } from "#tests/support/browser.ts";
import { anOrganization, operator, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

// What a browser loads before it paints a page that it sees for the first time. docs/performance.md has what it takes.

/** What a server may send before the first acknowledgement arrives: ten packets (RFC 6928) of 1,460 bytes. */
const FIRST_ROUND_TRIP_BYTES = 14_600;

const directory = makeTemporaryDirectory();
let server: TestServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  await inDatabase(directory, async () => {
    value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
    const { creditType } = await makeSmallEnterprise();
    await anOrganization({ name: "Uniwersytet Łódzki", code: "UNILODZ", creditType });
  });
  server = await startServer({ directory });
  browser = await launchBrowser();
  page = await browser.newPage({ baseURL: server.url });
  await signIn(page, OWNER, PASSWORD);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

type Answer = { name: string; coding: string | undefined; bytes: number };

/** What a browser that has nothing in its cache loads for a page. The bytes are with the header lines. */
async function firstVisit(target: string): Promise<Answer[]> {
  const context = await browser.newContext({
    baseURL: server.url,
    ...(target !== "/sign-in" && { storageState: await page.context().storageState() }),
  });
  try {
    const visit = await context.newPage();
    const responses: Response[] = [];
    visit.on("response", (response) => responses.push(response));
    await visit.goto(target, { waitUntil: "networkidle" });
    const ours = responses.filter((response) => response.url().startsWith(server.url));
    return await Promise.all(
      ours.map(async (response) => {
        const { responseHeadersSize, responseBodySize } = await response.request().sizes();
        return {
          name: new URL(response.url()).pathname,
          coding: (await response.allHeaders())["content-encoding"],
          bytes: responseHeadersSize + responseBodySize,
        };
      }),
    );
  } finally {
    await context.close();
  }
}

it.each([
  ["/sign-in", 7],
  ["/organizations", 8],
  ["/overview", 8],
  ["/transactions", 8],
  ["/members", 8],
])(
  "%s has at most %i scripts, and one stylesheet of one round trip, compressed with Brotli",
  async (target, most) => {
    const answers = await firstVisit(target);
    const scripts = answers.filter(({ name }) => name.endsWith(".js"));
    const styles = answers.filter(({ name }) => name.endsWith(".css"));
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.length).toBeLessThanOrEqual(most);
    expect([...scripts, ...styles].filter(({ coding }) => coding !== "br")).toEqual([]);
    expect(styles).toHaveLength(1);
    expect(styles[0]?.bytes).toBeLessThanOrEqual(FIRST_ROUND_TRIP_BYTES);
  },
);

it("has two small fonts for a page with names in languages of Europe", async () => {
  const fonts = (await firstVisit("/organizations")).filter(({ name }) => name.endsWith(".woff2"));
  expect(fonts.map(({ name }) => path.basename(name).split(".")[0]).sort()).toEqual([
    "inter-latin",
    "inter-latin-a",
  ]);
  expect(fonts.reduce((bytes, font) => bytes + font.bytes, 0)).toBeLessThan(50_000);
});

it("sends the scripts that every page begins with in a form that Chromium compiles while it arrives", async () => {
  const { rootMainFiles } = JSON.parse(readFileSync(path.join(".next", "build-manifest.json"), "utf8"));
  expect(rootMainFiles.length).toBeGreaterThan(0);
  for (const name of rootMainFiles) {
    const answer = await fetch(`${server.url}/_next/${name}`, { headers: { "accept-encoding": "br" } });
    expect([answer.headers.get("content-encoding"), (await answer.text()).split("\n")[0]]).toEqual([
      "br",
      "//# allFunctionsCalledOnLoad",
    ]);
  }
});
