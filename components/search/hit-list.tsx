import { SoftLink } from "#components/ui/soft-link.tsx";
import { HIT_KINDS, type HitGroup, markedQuery } from "#lib/search/rules/hits.ts";
import { Marked } from "./marked.tsx";

/** The hits of a search by kind, each a link. */
export function HitList({ groups, q }: { groups: readonly HitGroup[]; q: string }) {
  return (
    <div className="grid gap-6">
      {groups.map(({ kind, hits, more }) => (
        <section key={kind} aria-labelledby={`hits-${kind}`}>
          <h2 id={`hits-${kind}`} className="mb-2 text-[0.8125rem] font-medium text-muted">
            {HIT_KINDS[kind]}
          </h2>
          <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
            {hits.map(({ href, title, detail }) => (
              <li key={`${href} ${title}`}>
                <SoftLink
                  href={href}
                  className="waits flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 -outline-offset-2 hover:bg-raised"
                >
                  <span className="min-w-0 font-medium wrap-anywhere">
                    <Marked text={title} q={markedQuery(kind, q)} />
                  </span>
                  {detail && (
                    <span className="figures min-w-0 text-[0.8125rem] wrap-anywhere text-muted">
                      <Marked text={detail} q={markedQuery(kind, q, title)} />
                    </span>
                  )}
                </SoftLink>
              </li>
            ))}
          </ul>
          {more !== null && (
            <SoftLink
              href={more}
              className="mt-2 inline-block rounded-sm text-[0.8125rem] font-medium text-accent hover:underline"
            >
              All {HIT_KINDS[kind].toLowerCase()} that match
            </SoftLink>
          )}
        </section>
      ))}
    </div>
  );
}
