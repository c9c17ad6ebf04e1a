import type { Metadata } from "next";
import { NothingHere } from "#components/shell/dead-ends.tsx";

export const metadata: Metadata = { title: "Page not found" };

/** The answer to an address that is no page. It is outside the portal's shell, which has the landmark of every other page. */
export default function NotFound() {
  return (
    <main>
      <NothingHere />
    </main>
  );
}
