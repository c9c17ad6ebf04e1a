import type { Metadata } from "next";
import { NotAllowed } from "#components/shell/dead-ends.tsx";

export const metadata: Metadata = { title: "Not allowed" };

export default function Forbidden() {
  return <NotAllowed />;
}
