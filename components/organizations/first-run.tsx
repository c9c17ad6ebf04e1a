import { CircleCheck, CircleDashed } from "lucide-react";
import { Button } from "#components/ui/button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { FirstRun } from "#lib/organizations/first-run.ts";

const STEPS: readonly (readonly [step: keyof FirstRun, label: string, href: string, meaning: string])[] = [
  ["creditType", "Define a credit type", "/credit-types/new", "The pool that organizations draw from."],
  ["purchase", "Fill its pool", "/credit-types", "Record what was bought for it."],
  [
    "organization",
    "Set up an organization",
    "/organizations/new",
    "A department, school or unit, with credits.",
  ],
  ["member", "Put members into it", "/members/new", "One by one, or from a file."],
  ["apiKey", "Make an API key", "/api-keys/new", "An application reports usage with it."],
];

/**
 * What to do on a new portal, ticked from what is there already. It goes by itself with the first usage event, or when
 * somebody hides it in this browser.
 */
export function FirstRunList({
  done,
  hide,
  offersDemo = false,
}: {
  done: FirstRun;
  hide: (data: FormData) => Promise<void>;
  /** Whether the user may fill the portal with demo data, which an empty one alone takes. */
  offersDemo?: boolean;
}) {
  const next = STEPS.find(([step]) => !done[step]);
  return (
    <section
      aria-labelledby="first-run"
      className="mb-6 rounded-lg border border-line bg-surface p-4 shadow-card"
    >
      <div className="flex flex-wrap items-start justify-between gap-2">
        <h2 id="first-run" className="font-semibold">
          Get this portal ready
        </h2>
        <form action={hide}>
          <Button type="submit" size="sm" variant="ghost">
            Hide this list
          </Button>
        </form>
      </div>
      <ol className="mt-2 grid gap-x-4 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
        {STEPS.map(([step, label, href, meaning]) => (
          <li key={step} className="flex gap-2.5">
            <Tick done={done[step]} />
            <div className="min-w-0">
              {done[step] ? (
                <p className="text-muted line-through decoration-line-strong">{label}</p>
              ) : (
                <SoftLink
                  href={href}
                  className={`rounded-sm underline underline-offset-2 ${step === next?.[0] ? "font-medium text-accent" : ""}`}
                >
                  {label}
                </SoftLink>
              )}
              <p className="text-[0.8125rem] text-muted">{meaning}</p>
            </div>
          </li>
        ))}
        <li className="flex gap-2.5">
          <Tick done={false} />
          <div className="min-w-0">
            <p>Receive the first usage event</p>
            <p className="text-[0.8125rem] text-muted">
              Each key’s page has a request to try. Then this list goes.
            </p>
          </div>
        </li>
      </ol>
      {offersDemo && !done.creditType && !done.organization && (
        <p className="mt-3 border-t border-line pt-3 text-[0.8125rem] text-muted">
          Only trying it out?{" "}
          <SoftLink href="/settings/demo" className="rounded-sm underline underline-offset-2">
            Fill with demo data
          </SoftLink>
        </p>
      )}
    </section>
  );
}

function Tick({ done }: { done: boolean }) {
  return done ? (
    <CircleCheck aria-label="Done" className="mt-0.5 size-4 shrink-0 text-success" />
  ) : (
    <CircleDashed aria-label="To do" className="mt-0.5 size-4 shrink-0 text-muted" />
  );
}
