import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCount } from "#lib/credits.ts";
import type { ReasonCount } from "#lib/refusals/queries/list.ts";
import { type RefusalRights, Remedy } from "./refusal-list.tsx";
import { refusalCause } from "./words.ts";

/** How many requests were refused today and why, with what the reader may do about it; nothing on a day without any. */
export function RefusedToday({
  reasons,
  rights,
  href,
  back,
}: {
  reasons: readonly ReasonCount[];
  /** What the reader may do here; null where the page offers it elsewhere. */
  rights: RefusalRights | null;
  /** The list of these refusals. */
  href: string;
  /** Where the forms of the remedies lead after they were sent. */
  back: string;
}) {
  const [only, ...others] = reasons;
  if (!only) return null;
  const requests = reasons.reduce((sum, reason) => sum + reason.requests, 0);
  const causes = reasons.map((reason) =>
    others.length === 0
      ? refusalCause(reason.code)
      : `${refusalCause(reason.code)} (${formatCount(reason.requests)})`,
  );
  const remedies: ReactNode[] = rights
    ? reasons.map(({ code, latest }) => <Remedy key={code} item={latest} rights={rights} back={back} />)
    : [];
  return (
    <section
      aria-label="Refused today"
      className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-warning-soft px-4 py-3 text-warning"
    >
      <p className="flex min-w-0 flex-1 basis-64 items-start gap-2.5">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span className="min-w-0">
          <span className="font-medium">
            {formatCount(requests)} refused today: {causes.join(", ")}
          </span>
          .{" "}
          <SoftLink href={href} className="whitespace-nowrap underline underline-offset-2">
            See the refusals
          </SoftLink>
        </span>
      </p>
      <div className="flex flex-wrap gap-2">{remedies}</div>
    </section>
  );
}
