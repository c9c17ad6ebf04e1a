import { type NextRequest, NextResponse } from "next/server";

/** Guards nothing: it only answers 400 to an address that is no text, where Next itself would answer 500. */
export function proxy(request: NextRequest): NextResponse {
  try {
    decodeURIComponent(new URL(request.url).pathname);
    return NextResponse.next();
  } catch {
    return new NextResponse("This address has a broken escape.", { status: 400 });
  }
}

// Next cuts a body that passes through here at 10 MB; an uploaded file may be larger.
export const config = { matcher: "/((?!organizations/import/upload$).*)" };
