import { aCreditType, aMember, anOrganization, credits } from "./builders.ts";

export type SmallEnterprise = { creditType: number; organizations: number[] };

/**
 * One credit type with 10,000 credits, of which two organizations (LAW, ART; allowance 1,000) have 1,000 each; ana is a
 * member of both, bo of LAW.
 */
export async function makeSmallEnterprise(): Promise<SmallEnterprise> {
  const creditType = await aCreditType({ available: credits(10_000) });
  const shared = { creditType, balance: credits(1000), monthlyAllowance: credits(1000) };
  const law = await anOrganization({ name: "Faculty of Law", code: "LAW", ...shared });
  const art = await anOrganization({ name: "École des Beaux-Arts", code: "ART", ...shared });
  await aMember(law, { name: "Ana García", email: "ana@example.edu" });
  await aMember(art, { name: "Ana García", email: "ana@example.edu" });
  await aMember(law, { name: "Bo Li", email: "bo@example.edu" });
  return { creditType, organizations: [law, art] };
}
