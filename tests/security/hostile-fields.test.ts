import { parse } from "csv-parse/sync";
import { eq } from "drizzle-orm";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import { actionId } from "#tests/support/actions.ts";
import { launchBrowser } from "#tests/support/browser.ts";
import { inDatabase } from "#tests/support/database.ts";
import { type Made, ROUTES } from "./expectations.ts";
import { fill } from "./fill.ts";
import { ADDRESS, addHostileData, HOSTILE, IN_SCRIPT } from "./hostile-data.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

let portal: Portal;
let browser: Browser;
let page: Page;
let made: Made;
const complaints: string[] = [];

async function upload(kind: string, csv: string): Promise<string> {
  const visitor = await portal.signedIn(EMAILS.owner);
  const form = new FormData();
  form.set("file", new File([csv], `${HOSTILE.slice(0, 150)}.csv`, { type: "text/csv" }));
  const encoded = new Response(form);
  const answer = await visitor.send(`/${kind}/import/upload`, {
    method: "POST",
    headers: {
      origin: portal.url,
      "sec-fetch-site": "same-origin",
      "content-type": encoded.headers.get("content-type") ?? "",
    },
    body: new Uint8Array(await encoded.arrayBuffer()),
  });
  return answer.headers.location ?? "";
}

beforeAll(async () => {
  portal = await startPortal({
    fill: async () => {
      ({ made } = await fill());
      await addHostileData(made);
    },
  });
  browser = await launchBrowser();
  const context = await browser.newContext({ baseURL: portal.url, userAgent: HOSTILE });
  page = await context.newPage();
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()} at ${page.url()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (/content security policy|violates|refused to/i.test(message.text())) {
      complaints.push(`policy: ${message.text()} at ${page.url()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error} at ${page.url()}`));
  const owner = await portal.signedIn(EMAILS.owner);
  await context.addCookies([
    { name: "bursar-session", value: owner.cookies.get("bursar-session") ?? "", url: portal.url },
  ]);
});

afterAll(async () => {
  await browser?.close();
  await portal?.stop();
});

/** Opens the page and returns whether a text became markup or ran in it. */
async function visit(target: string, status = 200): Promise<void> {
  const answer = await page.goto(target);
  expect([target, answer?.status()]).toEqual([target, status]);
  // A script of a text would have run by the time that ours have.
  await page.waitForLoadState("load");
  const owned = await page.evaluate(() => ({
    elements: document.querySelectorAll("[data-owned], img[src='x'], svg[onload], b-data-owned").length,
    handlers: [...document.querySelectorAll("*")].filter((element) =>
      [...element.attributes].some((attribute) => /^on/i.test(attribute.name)),
    ).length,
    addresses: [...document.querySelectorAll("*")]
      .flatMap((element) => [...element.attributes])
      .filter(({ name, value }) => /^(href|src|action|formaction|xlink:href)$/.test(name) && value)
      .filter(({ value }) => /^\s*(javascript|data|vbscript):/i.test(value))
      // React's own text in a form whose action is a function, and the template of a file that an import page offers.
      .filter(
        ({ value }) => !/^javascript:throw new Error\('A React form was unexpectedly submitted/.test(value),
      )
      .filter(({ value }) => !/^data:text\/csv;charset=utf-8,[^<>"]*$/.test(value)).length,
  }));
  expect([target, owned]).toEqual([target, { elements: 0, handlers: 0, addresses: 0 }]);
}

const pages = Object.entries(ROUTES).filter(
  ([route, row]) =>
    route.startsWith("GET ") &&
    !/export|progress|\/api\/|suggest|metrics|single-sign-on/.test(route) &&
    (row.allowed ?? 200) === 200,
);

it.each(pages)("%s shows every text as text", async (route, row) => {
  await visit(row.at?.(made) ?? route.slice(4));
});

it("so do the other views, the searches and the addresses that hold a text themselves", async () => {
  const hostileQuery = encodeURIComponent(HOSTILE);
  for (const target of [
    "/organizations?view=table",
    `/organizations?q=${hostileQuery}`,
    `/organizations?sort=${hostileQuery}&status=${hostileQuery}&type=${hostileQuery}&view=${hostileQuery}&page=${hostileQuery}`,
    `/transactions?application=${hostileQuery}&member=${hostileQuery}&organization=${hostileQuery}&from=${hostileQuery}&kind=${hostileQuery}`,
    `/transactions?application=${encodeURIComponent(ADDRESS)}`,
    `/organizations/${encodeURIComponent("<B-DATA-OWNED>")}`,
    `/organizations/${hostileQuery}`,
    `/organizations/import?problem=${hostileQuery}`,
    `/organizations/status?back=${encodeURIComponent(ADDRESS)}&id=1&to=${hostileQuery}`,
    `/sign-in?callbackUrl=${encodeURIComponent(ADDRESS)}&problem=${hostileQuery}`,
    `/nothing-here/${hostileQuery}?${hostileQuery}#${hostileQuery}`,
  ]) {
    // No organization has this code, and no page this address.
    const isNotFound = target === `/organizations/${hostileQuery}` || target.startsWith("/nothing-here");
    await visit(target, isNotFound ? 404 : 200);
  }
});

it("so do the previews of files, their names and the lines at fault", async () => {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const organizations = await upload(
    "organizations",
    `name,code,credit_type,monthly_allowance_per_member,status,${cell(HOSTILE)}\n${cell(HOSTILE)},NEW-1,${cell(HOSTILE)},5,active,\n${cell(IN_SCRIPT)},${cell(HOSTILE)},x,${cell(HOSTILE)},${cell(HOSTILE)},\n`,
  );
  expect(organizations).toMatch(/^\/organizations\/import\/[\w-]{22}$/);
  await visit(organizations);
  const members = await upload(
    "members",
    `organization,name,email,role,monthly_allowance,status\n${cell(HOSTILE)},${cell(HOSTILE)},${cell(HOSTILE)},${cell(HOSTILE)},1,active\nLAW,${cell(HOSTILE)},new@example.edu,creator,1,active\n`,
  );
  expect(members).toMatch(/^\/members\/import\/[\w-]{22}$/);
  await visit(members);
});

it("so do messages and what was typed, when a form comes back with an error", async () => {
  await page.goto("/organizations/new");
  await page.getByLabel("Organization Name").fill(HOSTILE.slice(0, 200));
  await page.getByLabel("Organization Code").fill("LAW");
  await page.getByLabel("Credit Type").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Create Organization" }).click();
  await page.getByText("The code LAW is taken").waitFor();
  expect(await page.locator("[data-owned]").count()).toBe(0);
  await page.getByLabel("Organization Code").fill("HOSTILE");
  await page.getByRole("button", { name: "Create Organization" }).click();
  await page.getByText("was created and is active").waitFor();
  expect(await page.locator("[data-owned]").count()).toBe(0);
});

it("raised no dialog, broke no policy and no script", () => {
  expect(complaints).toEqual([]);
});

it("writes no formula into a file for spreadsheets", async () => {
  const owner = await portal.signedIn(EMAILS.owner);
  const exports = Object.entries(ROUTES).filter(([route]) => /\/export$/.test(route));
  expect(exports.length).toBeGreaterThan(1);
  for (const [route, row] of exports) {
    const answer = await owner.send(row.at?.(made) ?? route.slice(4));
    const cells = (parse(answer.text, { bom: true, relax_column_count: true }) as string[][]).flat();
    expect(cells.length).toBeGreaterThan(10);
    const live = cells.filter((text) => /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text));
    expect([route, live]).toEqual([route, []]);
    expect([route, cells.some((text) => text.includes("HYPERLINK"))]).toEqual([route, true]);
  }
});

it("takes no field that the form does not have", async () => {
  const owner = await portal.signedIn(EMAILS.owner);
  await owner.act("/organizations", actionId("createOrganizationAction"), {
    name: "Mass",
    code: "MASS",
    creditType: String(made.creditType),
    id: "4242",
    balance: "1000000",
    totalSpent: "5",
    active: "false",
    status: "inactive",
    createdAt: "0",
    __proto__: "polluted",
    "__proto__.role": "owner",
    constructor: "polluted",
    "constructor.prototype.role": "owner",
    "prototype[role]": "owner",
  });
  const csv = await owner.send("/organizations/export?q=mass");
  const [, row] = parse(csv.text, { bom: true }) as string[][];
  expect(row?.slice(0, 2)).toEqual(["Mass", "MASS"]);
  expect(row?.at(-2)).toBe("active");
  const viewer = await portal.signedIn(EMAILS.viewer);
  expect((await viewer.send("/settings")).status).toBe(403);
  const stored = await inDatabase(portal.directory, () =>
    database().select().from(organizations).where(eq(organizations.code, "MASS")).get(),
  );
  expect(stored).toMatchObject({ balance: 0n, spent: 0n, members: 0, active: true });
  expect(stored?.id).not.toBe(4242);
  expect(stored?.createdAt.getTime()).toBeGreaterThan(Date.now() - 600_000);
});
