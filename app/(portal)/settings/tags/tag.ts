import { notFound } from "next/navigation";
import { database } from "#db/client.ts";
import { countOrganizationsOfTag } from "#lib/organizations/tag-queries.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { readTag } from "#lib/tags.ts";

/** The tag that the address of a form names, with how many organizations have it; "not found" when none has. */
export function tagOfPage({ tag }: RawSearchParams): { tag: string; organizations: number } {
  const read = readTag([tag].flat()[0] ?? "");
  const organizations = read.ok ? countOrganizationsOfTag(database(), read.value) : 0;
  if (!read.ok || organizations === 0) notFound();
  return { tag: read.value, organizations };
}
