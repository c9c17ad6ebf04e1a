import type { Metadata } from "next";
import { NotAllowed } from "#components/shell/dead-ends.tsx";

export const metadata: Metadata = { title: "Not allowed" };

/**
 * The portal never answers 401 with a page. Without this file, Next would include its own page for 401 in every page.
 */
export default function Unauthorized() {
  return <NotAllowed />;
}
