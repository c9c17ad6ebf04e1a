import { answerProgress } from "#app/imports/progress.ts";

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return answerProgress((await params).id, "allocations");
}
