import { answerApplication, handlersBeside } from "#app/api/v1/application.ts";
import { faultProblem, refusedProblem } from "#app/api/v1/usage/events.ts";
import { noteRefusal } from "#lib/refusals/queue.ts";
import { spendableBy } from "#lib/usage/queries/spendable.ts";
import { checkJson } from "#lib/usage/rules/wire/answers.ts";
import { readCheck } from "#lib/usage/rules/wire/read.ts";

/** What a member may still spend; changes nothing. */
export function GET(request: Request): Promise<Response> {
  return answerApplication(request, (application) => {
    const question = readCheck(new URL(request.url).searchParams);
    if (!question.ok) return { problem: faultProblem(question) };
    const spendable = spendableBy(question.value, application);
    if (spendable.ok) return { status: 200, json: checkJson(spendable.value) };
    const { organization, member, credits } = question.value;
    noteRefusal({ request: "check", organization, member, amount: credits ?? 0n }, spendable, application);
    return { problem: refusedProblem(spendable) };
  });
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = handlersBeside("GET");
