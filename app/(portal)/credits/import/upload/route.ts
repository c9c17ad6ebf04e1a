import { takeUpload } from "#app/imports/upload.ts";

export function POST(request: Request): Promise<Response> {
  return takeUpload(request, "allocations");
}
