import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditsText } from "#lib/credits.ts";
import type { MoveFigures } from "#lib/move-preview.ts";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";

/** The text over the form with the available credits. */
export function addIntroduction(organization: OrganizationDetail, available: bigint): string {
  return `${organization.creditTypeName} has ${creditsText(available)} available. The balance of ${organization.name} is ${creditsText(organization.balance)}.`;
}

/** The text over the form with the credits that can be returned. */
export function returnIntroduction({ name, balance, creditTypeName }: OrganizationDetail): string {
  return `The balance of ${name} is ${creditsText(balance)}. What is returned goes to the pool of ${creditTypeName}.`;
}

/** What adding or returning credits starts from. */
export function moveFigures(organization: OrganizationDetail, available: bigint): MoveFigures {
  const { exchangeRate, currency, balance } = organization;
  return { rate: exchangeRate, currency: currencyOf(currency), pool: available, balance };
}
