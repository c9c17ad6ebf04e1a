import { answerImportFile } from "#app/imports/files.ts";

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return answerImportFile((await params).id, "organizations", "undo");
}
