import { z } from "zod";
import { plainCredits } from "#lib/credits.ts";
import { PROBLEMS, type ProblemCode } from "#lib/problem.ts";
import type { RecordedUsage, Spendable } from "../event.ts";
import type { ReversedUsage } from "../reversal.ts";

// What the usage API gives, as JSON. `openapi.ts` describes the same schemas.

const decimal = (description: string) =>
  z.string().meta({ description, pattern: "^-?\\d+(\\.\\d{1,6})?$", examples: ["12.5"] });
const optionalDecimal = (description: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${description} Null is no limit.`, examples: ["1000"] });

const memberAnswer = z.object({
  email: z.string(),
  spentThisMonth: decimal("What the member has spent in the month, after this event."),
  allowance: optionalDecimal("What the member may spend in the month."),
  remaining: optionalDecimal("What is left of it."),
});

export const usageAnswer = z
  .object({
    id: z.string(),
    status: z.enum(["recorded", "duplicate"]),
    credits: decimal("What was charged: the credits of the event, rounded to 6 decimal places."),
    organization: z.object({ code: z.string(), balance: decimal("After this event.") }),
    member: memberAnswer,
  })
  .meta({ title: "RecordedUsage" });

export const checkAnswer = z
  .object({
    allowed: z
      .boolean()
      .meta({ description: "May anything be spent, or as much as the `credits` of the question?" }),
    spendable: decimal("The smaller of balance and remaining."),
    organization: z.object({ code: z.string(), balance: decimal("What the organization has.") }),
    member: memberAnswer,
  })
  .meta({ title: "Spendable" });

export const reversalAnswer = z
  .object({
    id: z.string(),
    status: z.enum(["reversed", "duplicate"]),
    credits: decimal("What was given back."),
    organization: z.object({ code: z.string(), balance: decimal("After the reversal.") }),
  })
  .meta({ title: "ReversedUsage" });

export const problemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    field: z.string().meta({ description: "The field at fault." }).optional(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ title: "Problem", description: "RFC 9457 problem details." });

export const batchAnswer = z.object({
  results: z
    .array(
      z.union([
        usageAnswer,
        z.object({ id: z.string().nullable(), status: z.literal("refused"), error: problemAnswer }),
      ]),
    )
    .meta({ description: "One for each event, in order." }),
  summary: z
    .object({ recorded: z.int(), duplicate: z.int(), refused: z.int() })
    .meta({ description: "How many of the results have which status." }),
});

const amount = (micro: bigint | null) => (micro === null ? null : plainCredits(micro));
const memberJson = (member: RecordedUsage["member"]) => ({
  email: member.email,
  spentThisMonth: plainCredits(member.spentThisMonth),
  allowance: amount(member.allowance),
  remaining: amount(member.remaining),
});

export function usageJson(recorded: RecordedUsage): z.input<typeof usageAnswer> {
  const { id, status, credits, organization, member } = recorded;
  return {
    id,
    status,
    credits: plainCredits(credits),
    organization: { code: organization.code, balance: plainCredits(organization.balance) },
    member: memberJson(member),
  };
}

export function reversedJson({
  id,
  status,
  credits,
  organization,
}: ReversedUsage): z.input<typeof reversalAnswer> {
  const { code, balance } = organization;
  return {
    id,
    status,
    credits: plainCredits(credits),
    organization: { code, balance: plainCredits(balance) },
  };
}

export function checkJson({
  allowed,
  spendable,
  organization,
  member,
}: Spendable): z.input<typeof checkAnswer> {
  return {
    allowed,
    spendable: plainCredits(spendable),
    organization: { code: organization.code, balance: plainCredits(organization.balance) },
    member: memberJson(member),
  };
}
