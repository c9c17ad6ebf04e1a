// Makes the pictures of every page in docs/images/, and the page that lists them, from a server with demo data:
// `npm run docs:screenshots`. Names after it make some pictures alone: `npm run docs:screenshots -- overview search`, and so
// do looks: `npm run docs:screenshots -- wide-dark`.
// Needs Chromium (CHROMIUM_PATH, or /usr/bin/chromium). The server is the production build.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, signIn } from "./browser.ts";
import { makeTemporaryDirectory, removeDirectory } from "./database.ts";
import { startServer, type TestServer } from "./server.ts";

const FOLDER = path.join("docs", "images");
const EMAIL = "owner@example.edu";
const PASSWORD = "correct horse battery";
/** In hundredths. Below this, WebP blurs small text. */
const QUALITY = 60;

const SIZES = {
  wide: { viewport: { width: 1280, height: 800 }, isMobile: false },
  phone: { viewport: { width: 390, height: 800 }, isMobile: true },
} as const;

/** Each page in four pictures. */
const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  (["wide", "phone"] as const).map((size) => ({
    name: `${size}-${colorScheme}`,
    size,
    colorScheme,
    ...SIZES[size],
  })),
);

/** The ids of what the pictures show beside the demo. */
type Ids = { key: number; endpoint: number; spend: number; batch: number; members: number[]; import: string };
type Picture = { name: string; title: string; url: string | ((ids: Ids) => string) };

/** Every page of the portal, in the order of the navigation. */
const CHAPTERS: readonly (readonly [title: string, pictures: readonly Picture[]])[] = [
  [
    "Overview",
    [
      { name: "overview", title: "Overview", url: "/overview" },
      { name: "overview-by-tag", title: "Overview by faculty", url: "/overview?by=tag:faculty" },
      { name: "alerts", title: "Alerts", url: "/alerts" },
      { name: "search", title: "Search", url: "/search?q=eng" },
      { name: "views", title: "Saved views", url: "/views" },
      { name: "view-new", title: "Save a view", url: "/views/new?href=/organizations?status=active" },
    ],
  ],
  [
    "Organizations",
    [
      { name: "organizations", title: "Organizations as cards", url: "/organizations" },
      { name: "organizations-table", title: "Organizations as a table", url: "/organizations?view=table" },
      { name: "organizations-print", title: "Organizations to be printed", url: "/organizations?print=1" },
      { name: "organization-new", title: "New organization", url: "/organizations/new" },
      { name: "organizations-import", title: "Import organizations", url: "/organizations/import" },
      {
        name: "organizations-import-preview",
        title: "Preview of an import",
        url: (ids) => `/organizations/import/${ids.import}`,
      },
      {
        name: "organizations-credits",
        title: "Add credits to several",
        url: bulk("credits?move=allocation&amount=500&split=each"),
      },
      {
        name: "organizations-allowance",
        title: "Set the allowance of several",
        url: bulk("allowance?monthlyAllowance=2500"),
      },
      {
        name: "organizations-status",
        title: "Deactivate several",
        url: "/organizations/status?id=2&id=3&to=deactivate",
      },
      {
        name: "organizations-tags",
        title: "Change the tags of several",
        url: "/organizations/status/tags?id=2&id=3",
      },
      { name: "credits-import", title: "Import credits", url: "/credits/import" },
      { name: "batch", title: "A change of several", url: (ids) => `/batches/${ids.batch}` },
      {
        name: "batch-reverse",
        title: "Reverse a change of several",
        url: (ids) => `/batches/${ids.batch}/reverse`,
      },
    ],
  ],
  [
    "One organization",
    [
      { name: "organization", title: "Overview", url: "/organizations/ENG" },
      { name: "organization-members", title: "Members", url: "/organizations/ENG/members" },
      { name: "organization-transactions", title: "Transactions", url: "/organizations/ENG/transactions" },
      { name: "organization-statement", title: "Statement of a month", url: "/organizations/ENG/statement" },
      { name: "organization-refusals", title: "Refusals", url: "/organizations/ENG/refusals" },
      { name: "organization-api-keys", title: "API keys", url: "/organizations/ENG/api-keys" },
      { name: "organization-settings", title: "Settings", url: "/organizations/ENG/settings" },
      { name: "credits-add", title: "Add credits", url: "/organizations/ENG/credits/add" },
      { name: "credits-return", title: "Return credits", url: "/organizations/ENG/credits/return" },
    ],
  ],
  [
    "Members",
    [
      { name: "members", title: "Members", url: "/members" },
      { name: "member-new", title: "Add a member", url: "/members/new" },
      { name: "members-import", title: "Import members", url: "/members/import" },
      {
        name: "members-allowance",
        title: "Set the allowance of several",
        url: (ids) =>
          `/members/bulk?set=allowance&allowance=own&monthlyAllowance=900&${ids.members.map((id) => `id=${id}`).join("&")}`,
      },
      {
        name: "members-status",
        title: "Deactivate several",
        url: (ids) => `/members/status?to=deactivate&${ids.members.map((id) => `id=${id}`).join("&")}`,
      },
      { name: "member", title: "A person", url: "/members/2" },
      { name: "member-edit", title: "Edit a person", url: "/members/2/edit" },
      { name: "member-refusals", title: "A person’s refusals", url: "/members/2/refusals" },
      { name: "member-merge", title: "Merge two people", url: "/members/2/merge" },
      { name: "membership", title: "Edit a membership", url: "/members/2/memberships/2" },
      { name: "membership-remove", title: "Remove a membership", url: "/members/2/memberships/2/remove" },
    ],
  ],
  [
    "Transactions",
    [
      { name: "transactions", title: "List", url: "/transactions" },
      {
        name: "transactions-spending",
        title: "Spending",
        url: "/transactions?tab=spending&period=12-months",
      },
      {
        name: "transactions-print",
        title: "Transactions to be printed",
        url: "/transactions?period=last-month&print=1",
      },
      { name: "transaction", title: "A transaction", url: (ids) => `/transactions/${ids.spend}` },
      {
        name: "transaction-reverse",
        title: "Reverse a transaction",
        url: (ids) => `/transactions/${ids.spend}/reverse`,
      },
      { name: "applications", title: "Applications", url: "/transactions/applications" },
      { name: "application", title: "An application", url: "/transactions/applications/1" },
      {
        name: "application-merge",
        title: "Merge two applications",
        url: "/transactions/applications/1/merge",
      },
      { name: "refusals", title: "Refusals", url: "/refusals" },
    ],
  ],
  [
    "Credit types and API keys",
    [
      { name: "credit-types", title: "Credit types", url: "/credit-types" },
      { name: "credit-type", title: "A credit type", url: "/credit-types/2" },
      { name: "credit-type-new", title: "New credit type", url: "/credit-types/new" },
      { name: "credit-type-edit", title: "Edit a credit type", url: "/credit-types/2/edit" },
      { name: "purchase", title: "Record a purchase", url: "/credit-types/2/purchase" },
      { name: "api-keys", title: "API keys", url: "/api-keys" },
      { name: "api-key", title: "An API key", url: (ids) => `/api-keys/${ids.key}` },
      { name: "api-key-new", title: "New API key", url: "/api-keys/new" },
      { name: "api-key-revoke", title: "Revoke an API key", url: (ids) => `/api-keys/${ids.key}/revoke` },
    ],
  ],
  [
    "Audit, settings and account",
    [
      { name: "audit", title: "Audit", url: "/audit" },
      { name: "settings", title: "Settings", url: "/settings" },
      { name: "settings-users", title: "Portal users", url: "/settings/users" },
      { name: "settings-sessions", title: "Sessions of a portal user", url: "/settings/users/1/sessions" },
      { name: "settings-security", title: "Security", url: "/settings/security" },
      { name: "settings-tags", title: "Tags", url: "/settings/tags" },
      {
        name: "settings-tag-rename",
        title: "Rename a tag",
        url: "/settings/tags/rename?tag=faculty:engineering",
      },
      {
        name: "settings-tag-remove",
        title: "Remove a tag",
        url: "/settings/tags/remove?tag=faculty:engineering",
      },
      { name: "settings-alerts", title: "Alert rules", url: "/settings/alerts" },
      { name: "settings-alert-new", title: "New alert rule", url: "/settings/alerts/new" },
      { name: "settings-alert", title: "An alert rule", url: "/settings/alerts/1" },
      { name: "settings-notifications", title: "Notifications", url: "/settings/notifications" },
      { name: "endpoint-new", title: "New endpoint", url: "/settings/notifications/endpoints/new" },
      {
        name: "endpoint",
        title: "An endpoint",
        url: (ids) => `/settings/notifications/endpoints/${ids.endpoint}`,
      },
      {
        name: "endpoint-remove",
        title: "Remove an endpoint",
        url: (ids) => `/settings/notifications/endpoints/${ids.endpoint}/remove`,
      },
      {
        name: "notifications-person",
        title: "A person’s notifications",
        url: "/settings/notifications/people/1",
      },
      { name: "settings-health", title: "Health", url: "/settings/health" },
      { name: "account", title: "Account", url: "/account" },
      { name: "account-password", title: "Change the password", url: "/account/password" },
      { name: "account-authenticator", title: "Add an authenticator", url: "/account/authenticator" },
      { name: "account-sessions", title: "Sessions", url: "/account/sessions" },
    ],
  ],
];

/** Pages of a portal without data, and pages before sign-in. */
const BEGINNING: readonly Picture[] = [
  { name: "setup", title: "Set up", url: "/setup" },
  { name: "sign-in", title: "Sign in", url: "/sign-in" },
  { name: "first-run", title: "An empty portal", url: "/organizations" },
  { name: "demo", title: "Fill with demo data", url: "/settings/demo" },
];

function bulk(query: string): string {
  const [page = "", rest = ""] = query.split("?");
  return `/organizations/bulk/${page}?id=2&id=3&id=4&${rest}`;
}

const chosen = process.argv.slice(2);
const chosenLooks = LOOKS.filter(({ name }) => chosen.includes(name));
const looks = chosenLooks.length === 0 ? LOOKS : chosenLooks;
const chosenNames = chosen.filter((word) => LOOKS.every(({ name }) => name !== word));
const isChosen = ({ name }: Picture) => chosenNames.length === 0 || chosenNames.includes(name);
const fileOf = (name: string, look: string) => `${name}-${look}.webp`;

/** WebP weighs a third of PNG; only the browser's own protocol makes it. */
async function picture(page: Page, file: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  writeFileSync(path.join(FOLDER, file), Buffer.from(data, "base64"));
  await session.detach();
}

/** Takes the pictures in each look. Without `email` nobody is signed in. */
async function takePictures(
  browser: Browser,
  server: TestServer,
  pictures: readonly { name: string; url: string }[],
  email?: string,
): Promise<void> {
  if (pictures.length === 0) return;
  for (const { name: look, size: _, ...device } of looks) {
    const context = await browser.newContext({ baseURL: server.url, reducedMotion: "reduce", ...device });
    const page = await context.newPage();
    // The print dialog would wait for an answer.
    await page.addInitScript(() => {
      window.print = () => {};
    });
    if (email !== undefined) await signIn(page, email, PASSWORD);
    for (const { name, url } of pictures) {
      const answer = await page.goto(url);
      if (answer?.status() !== 200) throw new Error(`${url} answered ${answer?.status()}`);
      await page.evaluate(() => document.fonts.ready);
      await picture(page, fileOf(name, look));
    }
    await context.close();
  }
}

/** Adds to the demo what it lacks: a key, an endpoint, a change of several organizations and an import. */
async function addToDemo(browser: Browser, server: TestServer): Promise<Ids> {
  const { bursar } = server;
  bursar("user", "create", "dean@example.edu", "--role", "admin", "--tag", "faculty:engineering");
  const key = bursar("api-key", "create", "--organization", "ENG", "--name", "Essay coach");
  bursar("api-key", "create", "--enterprise", "--name", "Usage collector");
  const endpoint = bursar("webhook", "create", "https://example.edu/hooks/bursar", "--event", "alerts");
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await signIn(page, EMAIL, PASSWORD);
  await page.goto(bulk("credits?move=allocation&amount=500&split=each"), { waitUntil: "networkidle" });
  await page.getByRole("button", { name: /^Add 1,500/ }).click();
  await page.getByText("1,500 credits").first().waitFor();
  await page.goto("/organizations/import", { waitUntil: "networkidle" });
  await page.locator("input[type=file]").setInputFiles({
    name: "organizations.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(
      "name,code,credit_type\nSchool of Design,DESIGN,SGD Credits\nInstitute of Data,DATA,INR Credits\n",
    ),
  });
  await page.getByRole("button", { name: "Preview" }).click();
  await page.waitForURL(/\/organizations\/import\/[^/]+$/);
  const [, id = ""] = /\/import\/([^/?]+)/.exec(page.url()) ?? [];
  await page.goto("/transactions?kind=spend&organization=ENG", { waitUntil: "networkidle" });
  const [spend = ""] = /\d+/.exec((await page.locator("tbody tr").first().getAttribute("id")) ?? "") ?? [];
  await context.close();
  return {
    key: Number(key.id),
    endpoint: Number(endpoint.id),
    spend: Number(spend),
    batch: 1,
    members: [2, 3, 4],
    import: id,
  };
}

/** The page with all pictures. */
function index(): string {
  const image = ({ name, title }: Picture, { name: look, size }: (typeof LOOKS)[number]) =>
    `<img src="${fileOf(name, look)}" width="${size === "wide" ? 640 : 195}" alt="${title}, ${look}">`;
  const row = (one: Picture) => `**${one.title}**\n\n${LOOKS.map((look) => image(one, look)).join("\n")}\n`;
  const chapters: (readonly [string, readonly Picture[]])[] = [["Beginning", BEGINNING], ...CHAPTERS];
  return `# Every page in pictures

Made by \`npm run docs:screenshots\` with the data of \`npm run bursar -- demo\`: 1280 and 390 pixels wide, light and dark.

${chapters.map(([title, pictures]) => `## ${title}\n\n${pictures.map(row).join("\n")}`).join("\n")}`;
}

mkdirSync(FOLDER, { recursive: true });
if (chosen.length === 0) for (const file of readdirSync(FOLDER)) rmSync(path.join(FOLDER, file));
const browser = await launchBrowser();
const directories = [makeTemporaryDirectory(), makeTemporaryDirectory()] as const;
const servers: TestServer[] = [];
try {
  const empty = await startServer({ directory: directories[0] });
  servers.push(empty);
  const [setup, signInPage, ...others] = BEGINNING;
  const at = ({ name, url }: Picture) => ({ name, url: typeof url === "string" ? url : "" });
  const beginning = (pictures: readonly (Picture | undefined)[]) =>
    pictures.flatMap((one) => (one && isChosen(one) ? [at(one)] : []));
  await takePictures(browser, empty, beginning([setup]));
  empty.bursar("user", "create", EMAIL, "--role", "owner", "--password", PASSWORD);
  await takePictures(browser, empty, beginning([signInPage]));
  await takePictures(browser, empty, beginning(others), EMAIL);

  const full = await startServer({ directory: directories[1] });
  servers.push(full);
  full.bursar("demo");
  full.bursar("user", "create", EMAIL, "--role", "owner", "--password", PASSWORD);
  const ids = await addToDemo(browser, full);
  const pictures = CHAPTERS.flatMap(([, all]) => all).filter(isChosen);
  await takePictures(
    browser,
    full,
    pictures.map(({ name, url }) => ({ name, url: typeof url === "string" ? url : url(ids) })),
    EMAIL,
  );
  writeFileSync(path.join(FOLDER, "README.md"), index());
} finally {
  await browser.close();
  for (const server of servers) await server.stop();
  for (const directory of directories) removeDirectory(directory);
}
const files = readdirSync(FOLDER);
const bytes = files.reduce((sum, file) => sum + statSync(path.join(FOLDER, file)).size, 0);
console.log(`${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
