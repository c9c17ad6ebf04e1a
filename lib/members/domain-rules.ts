import { parse } from "tldts";
import { z } from "zod";
import { asciiDomain } from "#lib/email.ts";
import { rowId } from "#lib/fields.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { isPublicMailDomain } from "./public-mail-domains.ts";

// Apart from rules.ts, so that no browser loads the list of public suffixes.

const APPROVED_DOMAINS_MAX = 100;

/**
 * Reads one approved domain: lower case, international letters as `xn--`. `*.example.edu` is example.edu and all its
 * subdomains. Refuses what anybody may register under, such as com, co.uk or github.io, and providers at which anybody
 * can get an address, such as gmail.com.
 */
export function readDomain(text: string): { ok: true; domain: string } | { ok: false; message: string } {
  const fault = (message: string) => ({ ok: false as const, message });
  const typed = text.trim().replace(/^@/, "");
  const prefix = typed.startsWith("*.") ? "*." : "";
  const name = typed.slice(prefix.length);
  const domain = asciiDomain(name);
  if (domain === null) {
    return /^[\p{L}\p{N}]+$/u.test(name) && name.length <= 63
      ? fault(`${shown(text)} is not a whole domain. Write it as example.edu.`)
      : fault(`${shown(text)} is not a domain. Write it as example.edu.`);
  }
  const parts = parse(domain, { allowPrivateDomains: true, extractHostname: false });
  if (parts.domain === null) {
    return fault(`Anybody can have an address under ${domain}. Name a domain that is yours alone.`);
  }
  if (isPublicMailDomain(domain, parts.domain, parts.domainWithoutSuffix)) {
    return fault(`Anybody can get an address at ${domain}. Name a domain that is yours alone.`);
  }
  return { ok: true, domain: `${prefix}${domain}` };
}

function shown(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 80 ? `${trimmed.slice(0, 80).toWellFormed()}…` : trimmed;
}

/** Domains as a person types them: one a line, or separated by commas or spaces; each once, in their order. */
const domainList = z.string().transform((text, context) => {
  const domains = new Set<string>();
  const fault = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  // A list as long as a file is not worth reading to its end.
  if (text.length > 50_000) return fault(`At most ${APPROVED_DOMAINS_MAX} domains.`);
  for (const word of text.split(/[\s,;]+/).filter(Boolean)) {
    const read = readDomain(word);
    if (!read.ok) return fault(read.message);
    domains.add(read.domain);
    if (domains.size > APPROVED_DOMAINS_MAX) return fault(`At most ${APPROVED_DOMAINS_MAX} domains.`);
  }
  return [...domains];
});

export const setApprovedDomainsInput = z.object({
  organization: rowId("Unknown organization."),
  domains: domainList,
});
export type SetApprovedDomainsInput = z.output<typeof setApprovedDomainsInput>;

/** Approved domains as their form shows them: in their order, one a line. */
export function domainsFormValues(domains: readonly string[]) {
  return { domains: [...domains].sort().join("\n") } satisfies OriginalValues;
}
