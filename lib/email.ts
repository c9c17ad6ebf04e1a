import { z } from "zod";
import { foldForUniqueness } from "./text.ts";

/** What two e-mails are compared by. */
export const emailKey = foldForUniqueness;

export const emailAddress = z
  .string()
  .transform((text) => text.trim())
  .pipe(z.email("Enter an e-mail address such as ana@example.edu.").max(254, "At most 254 characters."));
