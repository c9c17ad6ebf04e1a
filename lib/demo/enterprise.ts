import type { AllowanceChoice, MemberRole } from "#lib/members/rules.ts";

const credits = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.replaceAll(",", "").split(".");
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
};

/** The demo's time zone. It has no daylight saving time. */
export const DEMO_TIME_ZONE = { name: "Asia/Singapore", hoursAhead: 8 };

/** When the demo's portal was set up. */
export const DEMO_START = new Date("2025-01-02T01:00:00Z");

/** The demo's credit types. */
export const DEMO_CREDIT_TYPES = [
  { name: "JPY", currency: "JPY", exchangeRate: 1_000_000n },
  { name: "SGD Credits", currency: "SGD", exchangeRate: 100_000_000n },
  { name: "MYR", currency: "MYR", exchangeRate: 30_000_000n },
  { name: "All Coin", currency: "USD", exchangeRate: 130_000_000n },
] as const;

/**
 * The endpoint that the demo's history adds. It is paused, and its name is one that no name server may know (RFC 6761,
 * section 6.4), so that nothing is sent to anybody.
 */
export const DEMO_ENDPOINT = {
  kind: "webhook",
  name: "Finance system",
  url: "https://finance.demo-university.invalid/hooks/bursar",
  events: ["alerts", "credits.*", "entry.reversed"],
} as const;

/** How many days ago it was added. */
export const DEMO_ENDPOINT_DAYS = 40;

/** The applications of the demo. Each organization prefers some of them. */
export const DEMO_APPLICATIONS = [
  "essay-coach",
  "code-tutor",
  "research-assistant",
  "translation-desk",
  "slide-maker",
  "data-analyst",
] as const;

export type DemoMember = {
  name: string;
  email: string;
  role: MemberRole;
  /** How often the member spends: 1 is nearly every busy day, 0 is never. */
  pace: number;
  /** How many days ago the member became inactive. */
  leftDaysAgo?: number;
} & AllowanceChoice;

type MemberOptions = { role?: MemberRole; pace?: number; leftDaysAgo?: number; allowance?: string };

/** `allowance`: "1,000" is the membership's own, "unlimited" means no limit; without it, the organization's applies. */
function member(
  name: string,
  { role = "creator", pace = 1, leftDaysAgo, allowance }: MemberOptions = {},
): DemoMember {
  const choice: AllowanceChoice =
    allowance === undefined
      ? { allowance: "organization", monthlyAllowance: null }
      : allowance === "unlimited"
        ? { allowance, monthlyAllowance: null }
        : { allowance: "own", monthlyAllowance: credits(allowance) };
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.edu`;
  return { name, email, role, pace, ...(leftDaysAgo !== undefined && { leftDaysAgo }), ...choice };
}

export type DemoOrganization = {
  name: string;
  code: string;
  creditType: (typeof DEMO_CREDIT_TYPES)[number]["name"];
  createdAt: Date;
  /** When it was deactivated for good. */
  closedAt: Date | null;
  /** Micro-credits per member and month. Null means no limit. */
  monthlyAllowance: bigint | null;
  /** Totals up to now: allocated from the pool, returned to it, and spent. The rest is the balance. */
  received: bigint;
  returned: bigint;
  spent: bigint;
  tags: readonly string[];
  members: readonly DemoMember[];
};

function organization(
  name: string,
  code: string,
  creditType: DemoOrganization["creditType"],
  facts: {
    created: string;
    closed?: string;
    allowance: string | null;
    received: string;
    returned?: string;
    spent: string;
    tags?: readonly string[];
    members: readonly DemoMember[];
  },
): DemoOrganization {
  return {
    name,
    code,
    creditType,
    createdAt: new Date(facts.created),
    closedAt: facts.closed === undefined ? null : new Date(facts.closed),
    monthlyAllowance: facts.allowance === null ? null : credits(facts.allowance),
    received: credits(facts.received),
    returned: credits(facts.returned ?? "0"),
    spent: credits(facts.spent),
    tags: facts.tags ?? [],
    members: facts.members,
  };
}

/** The organization without an allowance. It spends the amounts that the allowances of the others do not allow. */
export const DEMO_UNLIMITED = "LIB";

/**
 * Thirteen organizations, eleven of them active, with 33 memberships. Their balances add up to 6,177,061 credits, and
 * their spending to 1,249,354.047.
 */
export const DEMO_ORGANIZATIONS: readonly DemoOrganization[] = [
  organization("Pilot Programme", "PILOT", "MYR", {
    created: "2025-01-06T01:00:00Z",
    closed: "2025-07-01T09:30:00Z",
    allowance: "1,000",
    received: "5,000",
    returned: "1,000",
    spent: "2,873.5",
    members: [member("Farah Aziz", { role: "admin", pace: 0.7 })],
  }),
  organization("Faculty of Engineering", "ENG", "SGD Credits", {
    created: "2025-01-13T02:10:00Z",
    allowance: "5,000",
    received: "1,250,000",
    spent: "281,306.418",
    tags: ["cost-centre:4711", "faculty:engineering", "site:singapore"],
    members: [
      member("Wei Ling Tan", { role: "admin", pace: 1.1 }),
      member("Arjun Nair", { pace: 1.6, allowance: "12,000" }),
      member("Chloe Lim", { pace: 1.3 }),
      member("Daniel Ong"),
      member("Hui Min Goh", { pace: 0.8 }),
    ],
  }),
  organization("School of Business", "BUS", "SGD Credits", {
    created: "2025-01-20T06:45:00Z",
    allowance: "4,000",
    received: "700,000",
    spent: "141,872.96",
    tags: ["cost-centre:4720", "faculty:business", "site:singapore"],
    members: [
      member("Rachel Koh", { role: "admin", pace: 0.9 }),
      member("Benjamin Teo", { pace: 1.2 }),
      member("Priya Menon"),
      member("Lucas Chua", { pace: 0.8, leftDaysAgo: 150 }),
    ],
  }),
  organization("Department of Chemistry", "CHEM", "All Coin", {
    created: "2025-02-03T03:20:00Z",
    allowance: "3,000",
    received: "420,000",
    spent: "97,415.307",
    tags: ["cost-centre:4733", "faculty:science"],
    members: [
      member("Maria Santos", { role: "admin" }),
      member("Kenji Watanabe", { pace: 1.2 }),
      member("Olivia Brown", { pace: 0.7 }),
    ],
  }),
  organization("University Library", "LIB", "All Coin", {
    created: "2025-02-17T08:00:00Z",
    allowance: null,
    received: "1,600,000",
    spent: "124,590.25",
    tags: ["cost-centre:4701", "site:singapore"],
    members: [
      member("Grace Yeo", { role: "admin", pace: 0.8 }),
      member("Samuel Lee", { pace: 1.4 }),
      member("Nurul Huda", { pace: 1.1 }),
    ],
  }),
  organization("enterprise Testing", "ENT-TEST", "JPY", {
    created: "2025-03-03T04:00:00Z",
    allowance: "1,000",
    received: "10,000",
    returned: "46.953",
    spent: "0.047",
    members: [
      member("Test Admin", { role: "admin", pace: 0.02 }),
      member("Test Viewer", { role: "viewer", pace: 0 }),
    ],
  }),
  organization("JPY-MYR", "JPY-MYR", "MYR", {
    created: "2025-03-10T05:30:00Z",
    allowance: "1,000",
    received: "96,000",
    spent: "21,402.125",
    members: [member("Aiko Tanaka", { role: "admin", pace: 0.6 }), member("Siti Rahman", { pace: 0.9 })],
  }),
  organization("testing AA", "TEST-AA", "JPY", {
    created: "2025-03-24T01:15:00Z",
    allowance: "250",
    received: "12,000",
    spent: "2,149.6",
    members: [member("Alex Anderson", { role: "admin", pace: 0.3 })],
  }),
  organization("Kyoto Research Centre", "KYOTO", "JPY", {
    created: "2025-04-14T00:30:00Z",
    allowance: "6,000",
    received: "1,080,000",
    spent: "178,230.74",
    tags: ["cost-centre:5810", "faculty:engineering", "faculty:science", "site:kyoto"],
    members: [
      member("Haruto Sato", { role: "admin" }),
      member("Yui Nakamura", { pace: 1.5, allowance: "unlimited" }),
      // One person in two organizations.
      member("Aiko Tanaka", { pace: 0.9 }),
    ],
  }),
  organization("Kuala Lumpur Campus", "KL", "MYR", {
    created: "2025-05-05T03:00:00Z",
    allowance: "3,500",
    received: "462,000",
    returned: "2,000",
    spent: "95,811.5",
    tags: ["cost-centre:5900", "site:kuala-lumpur"],
    members: [
      member("Amirah Ismail", { role: "admin", pace: 1.1 }),
      member("Jason Wong", { pace: 1.2 }),
      member("Kavitha Raj", { pace: 0.8, allowance: "1,500" }),
    ],
  }),
  organization("School of Medicine", "MED", "SGD Credits", {
    created: "2025-06-02T07:40:00Z",
    allowance: "10,000",
    received: "1,480,000",
    spent: "244,118.9",
    tags: ["cost-centre:4755", "faculty:medicine", "site:singapore"],
    members: [
      member("Nicholas Tay", { role: "admin", pace: 1.2 }),
      member("Sarah Abdullah", { pace: 1.6 }),
      member("Ethan Ng"),
    ],
  }),
  organization("Summer School 2025", "SUMMER-25", "All Coin", {
    created: "2025-06-16T09:05:00Z",
    closed: "2025-09-01T09:00:00Z",
    allowance: "1,000",
    received: "6,000",
    returned: "1,538",
    spent: "1,430.5",
    members: [member("Hannah Fischer", { role: "admin", pace: 0.9 })],
  }),
  organization("Language Centre", "LANG", "SGD Credits", {
    created: "2025-07-21T02:55:00Z",
    allowance: "3,500",
    received: "310,000",
    spent: "58,152.2",
    tags: ["cost-centre:4762", "faculty:arts", "site:singapore"],
    members: [member("Camille Laurent", { role: "admin", pace: 1.1 }), member("Diego Ruiz", { pace: 1.3 })],
  }),
];
