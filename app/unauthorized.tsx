import type { Metadata } from "next";
import { NotAllowed } from "#components/shell/dead-ends.tsx";

export const metadata: Metadata = { title: "Not allowed" };

/** Nothing answers so; without this file Next sends a page of its own along with every page, in case of need. */
export default function Unauthorized() {
  return <NotAllowed />;
}
