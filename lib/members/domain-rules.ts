import { parse } from "tldts";
import { z } from "zod";
import { rowId } from "#lib/fields.ts";

// Apart from rules.ts, so that no browser loads the list of public suffixes.

export const APPROVED_DOMAINS_MAX = 100;

/**
 * Reads one domain as e-mails carry it: lower case, international letters as xn--. Refuses what anybody may register
 * under, e.g. com, co.uk or github.io.
 */
export function readDomain(text: string): { ok: true; domain: string } | { ok: false; message: string } {
  const fault = (message: string) => ({ ok: false as const, message });
  const typed = text.normalize("NFKC").trim().replace(/^@/, "");
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(typed) || !URL.canParse(`http://${typed}`)) {
    return fault(`${shown(text)} is not a domain. Write it as example.edu.`);
  }
  const domain = new URL(`http://${typed}`).hostname;
  const parsed = parse(domain, { allowPrivateDomains: true, extractHostname: false });
  const labels = domain.split(".");
  if (
    parsed.isIp ||
    domain.length > 253 ||
    labels.some((label) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  ) {
    return fault(`${shown(text)} is not a domain. Write it as example.edu.`);
  }
  if (labels.length === 1) return fault(`${shown(text)} is not a whole domain. Write it as example.edu.`);
  if (parsed.domain === null) {
    return fault(`Anybody can have an address under ${domain}. Name a domain that is yours alone.`);
  }
  return { ok: true, domain };
}

function shown(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 80 ? `${trimmed.slice(0, 80).toWellFormed()}…` : trimmed;
}

/** Domains as a person types them: one a line, or separated by commas or spaces; each once, in their order. */
export const domainList = z.string().transform((text, context) => {
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
