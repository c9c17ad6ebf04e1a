import { type NextRequest, NextResponse } from "next/server";
import { refuseUnreadableForm } from "#app/form-body.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#app/same-origin.ts";
import { problem, problemResponse } from "#lib/problem.ts";

const CHANGES_NOTHING = ["GET", "HEAD", "OPTIONS"];

const refuse = (text: string, status: number) =>
  new NextResponse(text, { status, headers: { "Cache-Control": "no-store" } });

/**
 * Guards nothing that is not guarded again behind it: actions and handlers refuse for themselves. It answers early and
 * clearly what Next itself would answer with an error of 500. It costs a request as much as an empty page does, so it
 * looks only at what carries a body or an escape.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  const { pathname } = new URL(request.url);
  const isUsageApi = pathname.startsWith("/api/v1/");
  try {
    decodeURIComponent(pathname);
  } catch {
    const broken = "This address has a broken escape.";
    return isUsageApi ? problemResponse(problem("invalid_request", broken)) : refuse(broken, 400);
  }
  // With an escape they come here too, and the API answers for itself whatever they send.
  if (isUsageApi) return NextResponse.next();
  if (!CHANGES_NOTHING.includes(request.method) && !isSameOrigin(request.headers)) {
    return refuse(SENT_FROM_ELSEWHERE, 403);
  }
  const refusal = request.method === "POST" ? await refuseUnreadableForm(request) : null;
  return refusal ?? NextResponse.next();
}

export const config = {
  matcher: [
    {
      // Applications come with a key of their own and without cookies. Next cuts a body that passes through here at
      // 10 MB; an uploaded file may be larger.
      source: "/((?!api/v1(?:/|$)|(?:organizations|members)/import/upload$).*)",
      has: [{ type: "header", key: "content-length" }],
    },
    {
      source: "/((?!api/v1(?:/|$)|(?:organizations|members)/import/upload$).*)",
      has: [{ type: "header", key: "transfer-encoding" }],
    },
    "/(.*%.*)",
  ],
};
