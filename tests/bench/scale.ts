/** The amount of data of a benchmark. */
export type Scale = { organizations: number; memberships: number; entries: number };

export const SCALES = {
  full: { organizations: 100_000, memberships: 1_000_000, entries: 10_000_000 },
  small: { organizations: 5_000, memberships: 25_000, entries: 150_000 },
  /** An enterprise of ordinary size, with which the full one is compared. */
  hundred: { organizations: 100, memberships: 1_000, entries: 10_000 },
} as const satisfies Record<string, Scale>;

export type ScaleName = keyof typeof SCALES;
