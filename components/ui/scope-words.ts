import { formatCount } from "#lib/credits.ts";

/** "in your 3 organizations", of the organizations of a part of the enterprise; null for the whole enterprise. */
export function scopeWords(organizationIds: { size: number } | null): string | null {
  if (organizationIds === null) return null;
  const { size } = organizationIds;
  return size === 1 ? "in your organization" : `in your ${formatCount(size)} organizations`;
}
