import type { Metadata } from "next";
import { NothingHere } from "#components/shell/dead-ends.tsx";

export const metadata: Metadata = { title: "Page not found" };

/** The answer of a page of the portal to an address of something that is not there, within the shell. */
export default function NotFound() {
  return <NothingHere />;
}
