import { isoMonth } from "#lib/calendar.ts";
import { plainCredits } from "#lib/credits.ts";
import { refused, type UsageRefused } from "./event.ts";

/** The refusal of more than the organization's balance. */
export function tooLittleCredits(code: string, balance: bigint, amount: bigint): UsageRefused {
  const message = `${code} has ${plainCredits(balance)} credits left; ${plainCredits(amount)} are needed.`;
  const details = { balance: plainCredits(balance) };
  return { ...refused("insufficient_credits", message, undefined, details), remaining: balance };
}

/** The refusal of more than is left of a member's month, e.g. 202611. */
export function allowanceExceeded(
  email: string,
  figures: { allowance: bigint; spentThisMonth: bigint; remaining: bigint },
  amount: bigint,
  month: number,
): UsageRefused {
  const name = isoMonth(month);
  const { allowance, spentThisMonth, remaining } = figures;
  const message = `${email} has ${plainCredits(remaining)} of ${plainCredits(allowance)} credits left in ${name}; ${plainCredits(amount)} are needed.`;
  const details = {
    month: name,
    allowance: plainCredits(allowance),
    spentThisMonth: plainCredits(spentThisMonth),
    remaining: plainCredits(remaining),
  };
  return { ...refused("allowance_exceeded", message, undefined, details), remaining };
}
