import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy } from "#app/content-security-policy.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#app/same-origin.ts";

const CHANGES_NOTHING = ["GET", "HEAD", "OPTIONS"];

/**
 * Guards nothing that is not guarded again behind it: without this file pages run no script, and actions and handlers
 * refuse for themselves. It gives pages their nonce, and answers early and clearly what Next itself would answer with
 * an error of 500.
 */
export function proxy(request: NextRequest): NextResponse {
  let path: string;
  try {
    path = decodeURIComponent(new URL(request.url).pathname);
  } catch {
    return new NextResponse("This address has a broken escape.", { status: 400 });
  }
  // Applications come with a key of their own and without cookies.
  const isApplication = path.startsWith("/api/v1/");
  if (!isApplication && !CHANGES_NOTHING.includes(request.method) && !isSameOrigin(request.headers)) {
    return new NextResponse(SENT_FROM_ELSEWHERE, { status: 403 });
  }
  if (isApplication || path.startsWith("/_next/")) return NextResponse.next();
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce, { development: process.env.NODE_ENV === "development" });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from here.
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

// Next cuts a body that passes through here at 10 MB, and an uploaded file may be larger; for the usage API there is
// nothing to do here, and a gateway reports every call.
export const config = {
  matcher: "/((?!(?:(?:organizations|members)/import/upload|api/v1/(?:usage(?:/batch|/check)?|events))$).*)",
};
