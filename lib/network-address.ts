/**
 * What addresses are counted by. An IPv6 client chooses the last 64 bits of its address itself (RFC 8981), so a whole
 * /64 counts as one; an IPv4 address is its own block.
 */
export function addressBlock(address: string): string {
  const [whole = ""] = address.toLowerCase().split("%");
  if (!whole.includes(":")) return whole;
  const [head = "", tail] = whole.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
