/** The entry's id as the URL carries it; null when it is none. */
export function entryIdOf(segment: string): number | null {
  return /^[1-9]\d{0,14}$/.test(segment) ? Number(segment) : null;
}
