import ipaddr from "ipaddr.js";

/** Azure's platform service, which answers every virtual machine there about the machine itself. */
const PLATFORM_ADDRESSES = ["168.63.129.16"];

/**
 * Whether an IP address belongs to the public internet. Private, loopback and link-local ranges are not public (those of
 * the clouds' metadata services among them), nor are the shared ranges of carriers, IPv6 forms of IPv4 addresses, and
 * everything else that IANA has reserved.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  // Of IPv6, IANA has given out only 2000::/3.
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(ipaddr.IPv6.parse("2000::"), 3)) return false;
  return parsed.range() === "unicast" && !PLATFORM_ADDRESSES.includes(parsed.toString());
}

/** The IP address that the host of a URL is; null for a name. IPv6 hosts are in brackets. */
export function addressOfHost(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) ? bare : null;
}

/** Whether a host is this machine by its name (RFC 6761, 6.3). */
export const isLocalName = (hostname: string): boolean => /(^|\.)localhost\.?$/.test(hostname);
