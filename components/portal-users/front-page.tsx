import { Landmark } from "lucide-react";
import type { ReactNode } from "react";
import { Card } from "#components/ui/card.tsx";

/** The page before the portal: sign-in, setup, invitation. */
export function FrontPage({
  title,
  intro,
  children,
}: {
  title: string;
  intro?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-5 grid justify-items-center gap-2 text-center">
          <Landmark aria-hidden className="size-8 text-accent" />
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {intro && <p className="text-muted">{intro}</p>}
        </div>
        <Card>{children}</Card>
      </div>
    </main>
  );
}
