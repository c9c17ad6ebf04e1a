import { answerUndo } from "#app/imports/undo.ts";

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return answerUndo((await params).id, "members");
}
