/** The id of an API key in the path; null for any other text. */
export function keyIdOf(segment: string): number | null {
  return /^[1-9]\d{0,14}$/.test(segment) ? Number(segment) : null;
}
