/** The demonstration's credit types. */
export const DEMO_CREDIT_TYPES = [
  { name: "JPY Credits", currency: "JPY", exchangeRate: 1_000_000n },
  { name: "SGD Credits", currency: "SGD", exchangeRate: 100_000_000n },
  { name: "MYR Credits", currency: "MYR", exchangeRate: 30_000_000n },
  { name: "USD Credits", currency: "USD", exchangeRate: 130_000_000n },
] as const;

type DemoOrganization = {
  name: string;
  code: string;
  creditType: (typeof DEMO_CREDIT_TYPES)[number]["name"];
  active: boolean;
  /** UTC. */
  createdAt: string;
  /** Micro-credits a member and month; null is no limit. */
  monthlyAllowance: bigint | null;
};

const credits = (whole: number) => BigInt(whole) * 1_000_000n;

/** Thirteen organizations, eleven of them active, oldest first. */
export const DEMO_ORGANIZATIONS: readonly DemoOrganization[] = [
  {
    name: "Faculty of Engineering",
    code: "ENG",
    creditType: "SGD Credits",
    active: true,
    createdAt: "2025-01-13T02:10:00Z",
    monthlyAllowance: credits(2000),
  },
  {
    name: "School of Business",
    code: "BUS",
    creditType: "SGD Credits",
    active: true,
    createdAt: "2025-01-20T06:45:00Z",
    monthlyAllowance: credits(1500),
  },
  {
    name: "Department of Chemistry",
    code: "CHEM",
    creditType: "USD Credits",
    active: true,
    createdAt: "2025-02-03T03:20:00Z",
    monthlyAllowance: credits(1000),
  },
  {
    name: "University Library",
    code: "LIB",
    creditType: "USD Credits",
    active: true,
    createdAt: "2025-02-17T08:00:00Z",
    monthlyAllowance: null,
  },
  {
    name: "enterprise Testing",
    code: "ENT-TEST",
    creditType: "JPY Credits",
    active: true,
    createdAt: "2025-03-03T04:00:00Z",
    monthlyAllowance: credits(1000),
  },
  {
    name: "JPY-MYR",
    code: "JPY-MYR",
    creditType: "MYR Credits",
    active: true,
    createdAt: "2025-03-10T05:30:00Z",
    monthlyAllowance: credits(500),
  },
  {
    name: "testing AA",
    code: "TEST-AA",
    creditType: "JPY Credits",
    active: true,
    createdAt: "2025-03-24T01:15:00Z",
    monthlyAllowance: credits(250),
  },
  {
    name: "Kyoto Research Centre",
    code: "KYOTO",
    creditType: "JPY Credits",
    active: true,
    createdAt: "2025-04-14T00:30:00Z",
    monthlyAllowance: credits(5000),
  },
  {
    name: "Kuala Lumpur Campus",
    code: "KL",
    creditType: "MYR Credits",
    active: true,
    createdAt: "2025-05-05T03:00:00Z",
    monthlyAllowance: credits(1200),
  },
  {
    name: "School of Medicine",
    code: "MED",
    creditType: "SGD Credits",
    active: true,
    createdAt: "2025-06-02T07:40:00Z",
    monthlyAllowance: credits(3000),
  },
  {
    name: "Language Centre",
    code: "LANG",
    creditType: "SGD Credits",
    active: true,
    createdAt: "2025-07-21T02:55:00Z",
    monthlyAllowance: credits(800),
  },
  {
    name: "Summer School 2025",
    code: "SUMMER-25",
    creditType: "USD Credits",
    active: false,
    createdAt: "2025-06-16T09:05:00Z",
    monthlyAllowance: credits(300),
  },
  {
    name: "Pilot Programme",
    code: "PILOT",
    creditType: "MYR Credits",
    active: false,
    createdAt: "2025-01-06T01:00:00Z",
    monthlyAllowance: credits(100),
  },
];
