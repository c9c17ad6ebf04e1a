import { type Refused, refused } from "#lib/result.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { PASSWORDS_OFF } from "#lib/sign-in-settings.ts";
import { passwordFault } from "../passwords.ts";

/** The refusal of everything that needs a password where `PASSWORD_SIGN_IN` is off. */
export const passwordsOff = () => refused<never>("passwords_off", PASSWORDS_OFF);

/** The refusal of a password that is easy to guess, at `field`; null for any other. */
export async function passwordRefusal<Field extends string>(
  password: string,
  email: string,
  field: Field,
  enterpriseName = getSettings().enterpriseName,
): Promise<Refused<Field> | null> {
  const fault = await passwordFault(password, { email, enterpriseName });
  return fault && refused(fault.code, fault.message, field);
}
