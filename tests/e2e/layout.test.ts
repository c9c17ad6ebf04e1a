import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { deliveries, deliveryTries, outboxEvents } from "#db/schema/index.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { isoMonth, monthOf } from "#lib/calendar.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { finishCheck } from "#lib/imports/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { saveView } from "#lib/saved-views/commands.ts";
import { dayOf } from "#lib/time.ts";
import { createEndpoint, pauseOrResume } from "#lib/webhooks/commands/endpoints.ts";
import {
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
  untilScriptRuns,
} from "#tests/support/browser.ts";
import { anUpload, credits, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { routesOfSource } from "#tests/support/routes.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const WIDTHS = [320, 360, 390, 480, 640, 768, 800, 900, 1024, 1280, 1920] as const;

/** Names as long as they may be, without a space to break at. */
const LONG = "W".repeat(200);
const LONG_CODE = "C".repeat(64);
const LONG_TYPE = "T".repeat(100);
const LONG_EMAIL = `${"e".repeat(64)}@${"d".repeat(60)}.example.edu`;
const LONG_TAG = `${"k".repeat(40)}:${"v".repeat(60)}`;
const LONG_APPLICATION = "a".repeat(100);

const ORDINARY = "National Institute of Advanced Interdisciplinary Studies and Research";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const directory = makeTemporaryDirectory();

async function fill(): Promise<void> {
  value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
  const { id: guest } = value(await createPortalUser({ email: LONG_EMAIL, role: "viewer" }, operator));
  await startSession(guest, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  for (const [name, code, type] of [
    [LONG, LONG_CODE, LONG_TYPE],
    ["مدرسة الفنون الجميلة", "عربي-1", "رصيد"],
    ["😀".repeat(100), "EMOJI", "日本円"],
  ] as const) {
    const creditType = value(
      await createCreditType({ name: type, currency: "JPY", exchangeRate: credits(1_000_000_000) }, operator),
    ).id;
    const much = 900_000_000_000_123_456n;
    value(await purchaseCredits({ creditType, amount: much, note: LONG, requestId: requestId() }, operator));
    const { id: organization } = value(
      await createOrganization(
        { name, code, creditType, monthlyAllowance: much, tags: [LONG_TAG, "faculty:arts"] },
        operator,
      ),
    );
    value(
      await allocateCredits(
        { organization, amount: much / 2n, note: LONG, requestId: requestId() },
        operator,
      ),
    );
    const person = {
      organization: code,
      name,
      role: "creator",
      allowance: "own",
      monthlyAllowance: "123456789.123456",
    };
    value(await addMember(addMemberInput.parse({ ...person, email: LONG_EMAIL }), operator));
    value(await createApiKey({ organization, name: name.slice(0, 100), expires: null }, operator));
    for (let hour = 0; hour < 30; hour++) {
      const application = `${LONG_APPLICATION.slice(0, 97)}-${hour % 3}`;
      const occurredAt = new Date(Date.now() - hour * 3_600_000);
      const event = {
        organization: code,
        member: LONG_EMAIL,
        application,
        credits: 12_345_678_901n,
        occurredAt,
      };
      expect(await spend(event)).toMatchObject({ ok: true });
    }
  }
  const creditType = value(
    await createCreditType(
      {
        name: "Research Infrastructure Credits for Graduate Schools",
        currency: "SGD",
        exchangeRate: credits(1),
      },
      operator,
    ),
  ).id;
  const amount = 12_345_678_123_456n;
  value(await purchaseCredits({ creditType, amount, note: null, requestId: requestId() }, operator));
  const ordinary = { name: ORDINARY, code: "ORDINARY", creditType, monthlyAllowance: credits(1_000_000) };
  const { id: organization } = value(await createOrganization(ordinary, operator));
  value(await allocateCredits({ organization, amount, note: null, requestId: requestId() }, operator));
  const move = { move: "allocation", split: "each", amount: 1n, note: LONG, expected: null } as const;
  value(await moveCredits({ ...move, ids: [1, 2, 3], selection: "", requestId: requestId() }, operator));
  const user = findForSignIn(OWNER);
  if (!user) throw new Error("no owner");
  const actor = {
    kind: "portal_user",
    id: user.id,
    email: user.email,
    role: "owner",
    address: null,
  } as const;
  const url = `https://${"h".repeat(60)}.example.edu/${LONG}?secret`;
  const { id: endpoint } = value(
    await createEndpoint({ kind: "webhook", name: LONG.slice(0, 100), url, events: ["pool.low"] }, actor),
  );
  value(await pauseOrResume({ id: endpoint, to: "paused" }, actor));
  await write((tx) => {
    const event = { eventId: `evt_${"e".repeat(22)}`, type: "organization.balance_low" } as const;
    const at = new Date();
    const { id: eventId } = tx
      .insert(outboxEvents)
      .values({ ...event, subject: "organization:1", data: "{}", createdAt: at, dispatchedAt: at })
      .returning()
      .get();
    const delivery = { eventId, endpointId: endpoint, subject: "organization:1", state: "failed" } as const;
    const { id: deliveryId } = tx
      .insert(deliveries)
      .values({ ...delivery, createdAt: at })
      .returning()
      .get();
    tx.insert(deliveryTries)
      .values({ deliveryId, at, durationMs: 10_000, status: 500, error: LONG, answer: LONG.repeat(10) })
      .run();
  });
  value(await saveView({ name: LONG.slice(0, 60), href: `/organizations?q=${LONG}`, shared: true }, actor));
  for (const kind of ["organizations", "members"] as const) {
    const id = await anUpload(kind, { name: `${LONG}.csv`, bytes: Buffer.from("name,code\n") }, actor);
    await finishCheck(id, REPORT, database());
    PAGES[`/${kind}/import/[id]`] = `/${kind}/import/${id}`;
  }
  const id = await anUpload(
    "allocations",
    { name: `${LONG}.csv`, bytes: Buffer.from("code,credits\n") },
    actor,
  );
  const amounts = { before: "900000000000.123456", amount: "900000000000", after: "1800000000000.123456" };
  const moved = {
    total: "900000000000",
    pools: [{ name: LONG_TYPE, available: "900000000000", change: "-900000000000", after: "0" }],
    lines: [{ line: 2, name: LONG, code: LONG_CODE, ...amounts, note: LONG }],
  };
  await finishCheck(id, { ...REPORT, errorCount: 0, errors: [], mode: "add", added: 1, moved }, database());
  PAGES["/credits/import/[id]"] = `/credits/import/${id}`;
}

const REPORT = {
  rows: 1,
  active: 1,
  inactive: 0,
  ignoredColumns: [LONG],
  errorCount: 1,
  errors: [{ line: 2, column: "name", message: LONG }],
  emptyRows: 0,
  fileNotes: [],
  mode: "both" as const,
  added: 0,
  changed: 1,
  unchanged: 0,
  changes: [{ line: 2, label: LONG, cells: [{ column: "name", old: LONG, new: LONG_CODE }] }],
  digest: "",
  noteCount: 0,
  notes: [],
  sample: { header: ["name", "code"], rows: [[LONG, LONG_CODE]] },
};

const code = `/organizations/${LONG_CODE}`;

/** Every page of the source with an address on which the long names are. The three with "" get theirs in `fill`. */
const PAGES: Record<string, string> = {
  "/account": "/account",
  "/account/authenticator": "/account/authenticator",
  "/account/password": "/account/password",
  "/account/sessions": "/account/sessions",
  "/alerts": "/alerts",
  "/api-keys": "/api-keys",
  "/api-keys/[id]": "/api-keys/1",
  "/api-keys/[id]/revoke": "/api-keys/1/revoke",
  "/api-keys/new": "/api-keys/new",
  "/audit": "/audit",
  "/batches/[id]": "/batches/1",
  "/batches/[id]/reverse": "/batches/1/reverse",
  "/credits/import": "/credits/import",
  "/credits/import/[id]": "",
  "/credit-types": "/credit-types",
  "/credit-types/[id]": "/credit-types/1",
  "/credit-types/[id]/edit": "/credit-types/1/edit",
  "/credit-types/[id]/purchase": "/credit-types/1/purchase",
  "/credit-types/new": "/credit-types/new",
  "/members": "/members",
  "/members/[id]": "/members/1",
  "/members/[id]/edit": "/members/1/edit",
  "/members/[id]/memberships/[membership]": "/members/1/memberships/1",
  "/members/[id]/memberships/[membership]/remove": "/members/1/memberships/1/remove",
  "/members/[id]/merge": "/members/1/merge",
  "/members/[id]/refusals": "/members/1/refusals",
  "/members/bulk": "/members/bulk?set=allowance&id=1&id=2&id=3&allowance=own&monthlyAllowance=900000000000",
  "/members/import": "/members/import",
  "/members/import/[id]": "",
  "/members/new": `/members/new?organization=${LONG_CODE}`,
  "/members/status": "/members/status?id=1&id=2&to=deactivate",
  "/organizations": "/organizations",
  "/organizations/[code]": code,
  "/organizations/bulk/allowance": "/organizations/bulk/allowance?id=1&id=2&monthlyAllowance=1",
  "/organizations/bulk/credits":
    "/organizations/bulk/credits?id=1&id=2&move=allocation&split=member&amount=1",
  "/organizations/[code]/api-keys": `${code}/api-keys`,
  "/organizations/[code]/credits/add": `${code}/credits/add`,
  "/organizations/[code]/credits/return": `${code}/credits/return`,
  "/organizations/[code]/members": `${code}/members`,
  "/organizations/[code]/refusals": `${code}/refusals`,
  "/organizations/[code]/settings": `${code}/settings`,
  "/organizations/[code]/statement": `${code}/statement?month=${isoMonth(monthOf(dayOf(new Date(), "UTC")))}`,
  "/organizations/[code]/transactions": `${code}/transactions`,
  "/organizations/import": "/organizations/import",
  "/organizations/import/[id]": "",
  "/organizations/new": "/organizations/new",
  "/organizations/status/tags": "/organizations/status/tags?id=1&id=2",
  "/organizations/status": "/organizations/status?id=1&id=2&id=3&to=deactivate",
  "/overview": "/overview",
  "/refusals": "/refusals",
  "/search": `/search?q=${LONG}`,
  "/settings": "/settings",
  "/settings/alerts": "/settings/alerts",
  "/settings/alerts/[id]": "/settings/alerts/2",
  "/settings/alerts/new": "/settings/alerts/new",
  "/settings/health": "/settings/health",
  "/settings/notifications": "/settings/notifications",
  "/settings/notifications/endpoints/[id]": "/settings/notifications/endpoints/1",
  "/settings/notifications/endpoints/[id]/remove": "/settings/notifications/endpoints/1/remove",
  "/settings/notifications/endpoints/new": "/settings/notifications/endpoints/new",
  "/settings/notifications/people/[id]": "/settings/notifications/people/2",
  "/settings/security": "/settings/security",
  "/settings/tags": "/settings/tags",
  "/settings/demo": "/settings/demo",
  "/settings/tags/remove": `/settings/tags/remove?tag=${LONG_TAG}`,
  "/settings/tags/rename": `/settings/tags/rename?tag=${LONG_TAG}`,
  "/settings/users": "/settings/users",
  "/settings/users/[id]/sessions": "/settings/users/2/sessions",
  "/views": "/views",
  "/views/[id]": "/views/1",
  "/views/new": `/views/new?href=/organizations?q=${LONG}`,
  "/transactions": "/transactions",
  "/transactions/applications": "/transactions/applications",
  "/transactions/applications/[id]": "/transactions/applications/1",
  "/transactions/applications/[id]/merge": "/transactions/applications/1/merge",
  "/transactions/[id]": "/transactions/1",
  "/transactions/[id]/reverse": "/transactions/1/reverse",
};

/** Pages that are not in the portal's frame; they show no name. */
const OTHERS = [
  "/",
  "/invite/[token]",
  "/setup",
  "/sign-in",
  "/sign-in/second-factor",
  "/sign-in/signed-out",
];

/** More addresses of pages above. */
const MORE = [
  "/organizations?view=table",
  `/organizations?q=${LONG}`,
  `/members?q=${LONG}`,
  "/search?q=",
  "/search?q=W",
  `/search?q=add+500+to+${LONG_CODE}`,
  "/overview?type=2",
  `/overview?by=tag:${LONG_TAG.split(":")[0]}`,
  "/transactions?period=all",
  "/transactions?tab=spending&period=12-months",
  "/transactions?tab=spending&by=member&period=30-days&per=day",
  `/transactions?tab=spending&by=tag:${LONG_TAG.split(":")[0]}`,
  `${code}/transactions?tab=spending`,
  `/organizations?tag=${LONG_TAG}`,
  `/organizations?print=1&q=${LONG}`,
  "/organizations?print=1&cols=status,created,members,balance,runs-out,spent,spent-30d,type,allowance",
  "/members?print=1",
  `/transactions?print=1&model=${LONG}`,
  "/audit?print=1",
  `${code}/members?print=1`,
  `${code}/transactions?print=1`,
  `${code}/statement?month=${LONG}`,
  "/nothing-here",
];

beforeAll(async () => {
  await inDatabase(directory, fill);
  server = await startServer({ directory });
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

/** How far the page reaches over its right edge, in pixels, and what does. A script hears of a new width before the next frame. */
const overflow = () =>
  page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const width = document.documentElement.clientWidth;
    const over = document.documentElement.scrollWidth - width;
    if (over <= 0) return null;
    const widest = [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(-1)
      .map((element) => `${element.tagName} ${element.className}`);
    return `${over} px: ${widest}`;
  });

/** Runs in a page with forced colours: what is current and looks like the page's ground, and controls without an edge. */
const unmarked = (): string[] => {
  const shown = (element: Element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const text = (element: Element) => element.getAttribute("aria-label") ?? element.textContent?.slice(0, 30);
  const marked = [
    ...document.querySelectorAll("[aria-current]:not([aria-current=false]), [aria-pressed=true]"),
  ].filter(shown);
  const canvas = getComputedStyle(document.body).backgroundColor;
  return [
    ...marked
      .filter((element) => getComputedStyle(element).backgroundColor === canvas)
      .map((element) => `not marked: ${text(element)}`),
    ...[...document.querySelectorAll(".button, select, textarea, input:not([type=hidden])")]
      .filter(shown)
      .filter((element) => {
        // A chip of a filter draws the edge of its control. A field for a file has a button.
        const part = element.getAttribute("type") === "file" ? "::file-selector-button" : null;
        const { borderStyle, borderWidth, appearance } = getComputedStyle(element, part);
        const hasEdge = borderStyle !== "none" && borderWidth !== "0px";
        return (
          !hasEdge &&
          (appearance === "none" || part !== null) &&
          !element.closest("label")?.parentElement?.matches(".border")
        );
      })
      .map((element) => `no edge: ${text(element) || element.getAttribute("name")}`),
  ];
};

/**
 * Opens a page and holds its scripts back until it is laid out.
 *
 * @returns what they then moved (Layout Instability API), or null
 */
async function visitMoves(page: Page, address: string): Promise<string | null> {
  const release = Promise.withResolvers<void>();
  await page.route(/\.js$/, async (route) => {
    await release.promise;
    await route.continue();
  });
  await page.goto(address, { waitUntil: "domcontentloaded" });
  const laidOut = await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now();
  });
  release.resolve();
  await untilScriptRuns(page);
  await page.unrouteAll({ behavior: "wait" });
  return page.evaluate(
    (laidOut) =>
      new Promise<string | null>((done) => {
        type Shift = PerformanceEntry & {
          sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
        };
        const moves: string[] = [];
        new PerformanceObserver((list) => {
          for (const { startTime, sources } of list.getEntries() as Shift[]) {
            // A row that is still being received moves too.
            if (startTime < laidOut) continue;
            for (const { node, previousRect, currentRect } of sources)
              moves.push(
                `${node?.nodeName} (${previousRect.x}, ${previousRect.y}) to (${currentRect.x}, ${currentRect.y})`,
              );
          }
        }).observe({ type: "layout-shift", buffered: true });
        // The observer hears of what was before in a task of its own.
        setTimeout(() => done(moves.length > 0 ? moves.join(", ") : null), 100);
      }),
    laidOut,
  );
}

const right = (box: { x: number; width: number } | null) =>
  box ? box.x + box.width : Number.POSITIVE_INFINITY;

it("knows every page", () => {
  const pages = routesOfSource()
    .filter((route) => /^GET \/(?!api\/|metrics)/.test(route))
    .map((route) => route.slice(4))
    .filter(
      (route) =>
        !/\/(errors|export|first-event|progress|results|suggest|undo|single-sign-on|single-sign-on\/end)$/.test(
          route,
        ),
    );
  expect([...Object.keys(PAGES), ...OTHERS].sort()).toEqual(pages);
});

it.each([...Object.keys(PAGES), ...MORE])(
  "%s does not move when its script begins and never scrolls sideways; with forced colours, marks what is current and shows every control's edge",
  async (name) => {
    const address = PAGES[name] ?? name;
    const faults: string[] = [];
    const expectFit = async (what: string) => {
      const fault = await overflow();
      if (fault) faults.push(`${what}: ${fault}`);
    };
    // The page is loaded once, because loads take most of the time of this file.
    await page.setViewportSize({ width: 1280, height: 900 });
    // A press that is under way would miss its button or checkbox.
    const moves = await visitMoves(page, address);
    if (moves) faults.push(`its script moves ${moves}`);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await expectFit(`${width} pixels`);
    }

    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ forcedColors: "active" });
    faults.push(...(await page.evaluate(unmarked)));
    await page.emulateMedia({ forcedColors: "none" });

    // A sheet has the size of its paper.
    if (!address.includes("print=1")) {
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      await expectFit("text twice as large");
    }
    expect(faults).toEqual([]);
  },
);

it("the sign-in does not move when its script begins, and has no button that needs JavaScript without it", async () => {
  const withScript = await browser.newPage({ baseURL: server.url });
  expect(await visitMoves(withScript, "/sign-in")).toBeNull();
  expect(await withScript.getByRole("button").allTextContents()).toEqual([
    "Show",
    "Sign in",
    "Use a passkey",
  ]);
  const without = await browser.newPage({ baseURL: server.url, javaScriptEnabled: false });
  await without.goto("/sign-in");
  expect(await without.getByRole("button").allTextContents()).toEqual(["Sign in"]);
  for (const label of ["Show", "Use a passkey"])
    expect(await without.getByText(label).boundingBox()).toBeNull();
  await withScript.close();
  await without.close();
});

it("at 1280 pixels the table of organizations shortens long names, and every column is in view", async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto("/organizations?q=ORDINARY&view=table");
  const table = page.getByRole("region", { name: "Organizations table" });
  expect(await table.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  for (const text of [ORDINARY, "Research Infrastructure Credits for Graduate Schools"]) {
    const cell = table.locator(`[title="${text}"]`);
    expect(await cell.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    expect(await cell.evaluate((element) => element.clientWidth)).toBeGreaterThan(90);
  }
});

it("a dialog breaks a long name", async () => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto(code);
  await page.getByRole("link", { name: /^Add credits/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  await expect.poll(() => hasFocus(dialog.getByLabel("Amount"))).toBe(true);
});

it.each([
  ["/settings/health", "Settings", "Backups and checks"],
  [`${code}/settings`, "Organization", "Settings"],
])("on a phone %s shows its own tab, which is the last of a long row", async (address, row, tab) => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto(address);
  const current = page.getByRole("navigation", { name: row }).getByRole("link", { name: tab, exact: true });
  await expect.poll(async () => right(await current.boundingBox())).toBeLessThanOrEqual(390);
});

it("on a phone no cell of a row covers another, however long its names and figures", async () => {
  await page.setViewportSize({ width: 390, height: 900 });
  const covered: string[] = [];
  for (const address of ["/members", "/credit-types/1"]) {
    await page.goto(address);
    const pairs = await page.evaluate(() => {
      /** Where a cell has text, without what is cut off. */
      const boxesOf = (cell: Element): DOMRect[] => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const boxes: DOMRect[] = [];
        while (texts.nextNode()) {
          const range = document.createRange();
          range.selectNodeContents(texts.currentNode);
          const parent = texts.currentNode.parentElement;
          const clip =
            parent && getComputedStyle(parent).overflowX === "hidden" ? parent.getBoundingClientRect() : null;
          for (const { left, top, right, bottom } of range.getClientRects()) {
            const end = Math.min(right, clip?.right ?? right);
            boxes.push(new DOMRect(left, top, end - left, bottom - top));
          }
        }
        return boxes;
      };
      const meets = (a: DOMRect, b: DOMRect) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
      return [...document.querySelectorAll("tbody tr")].flatMap((row) => {
        const cells = [...row.children].map((cell) => ({ text: cell.textContent, boxes: boxesOf(cell) }));
        return cells.flatMap((one, index) =>
          cells
            .slice(index + 1)
            .filter((other) => other.boxes.some((a) => one.boxes.some((b) => meets(a, b))))
            .map((other) => `${one.text} and ${other.text}`),
        );
      });
    });
    covered.push(...pairs.map((pair) => `${address}: ${pair}`));
  }
  expect(covered).toEqual([]);
});

it("a page of something that is not there has the landmarks of every page", async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const address of ["/api-keys/999", "/organizations/NOPE", "/nothing-here"]) {
    await page.goto(address);
    await page
      .getByText(/Page not found|No organization has this code/)
      .first()
      .waitFor();
    await expectAccessible(page);
  }
});

it("a transaction's card begins with its member, then the amount", async () => {
  await page.setViewportSize({ width: 390, height: 900 });
  await page.goto("/transactions");
  const cells = page
    .getByRole("table", { name: "Transactions" })
    .locator("tbody tr")
    .first()
    .locator("td, th");
  const order = await cells.evaluateAll((all) => all.map((cell) => getComputedStyle(cell).order));
  // Date, member, organization, application, credits, credit type, kind.
  expect(order).toEqual(["3", "1", "5", "6", "2", "4", "7"]);
});

it("with forced colours the current page, tab and view differ from the others", async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/organizations?view=table");
  const background = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => getComputedStyle(element).backgroundColor);
  for (const part of ["nav[aria-label=Main]", "nav[aria-label=Status]", "search"]) {
    expect(await background(`${part} a[aria-current]`), part).not.toBe(
      await background(`${part} a:not([aria-current])`),
    );
  }
  await page.emulateMedia({ forcedColors: "none" });
});
