import { formatCount } from "#lib/credits.ts";

/** How far the chain of entries reaches, and how to prove that none was altered. */
export function ChainEnd({ entries, hash }: { entries: number; hash: string }) {
  return (
    <section aria-label="The chain" className="mt-8 text-[0.8125rem] text-muted">
      <h2 className="mb-1 text-base font-semibold text-ink">The chain</h2>
      <p className="max-w-3xl">
        Each entry carries a hash over itself and the entry before it, so that none can be altered, put in or
        taken out unnoticed. There are {formatCount(entries)}; the last has the hash
      </p>
      <p className="my-1.5">
        <code className="font-mono text-xs break-all text-ink">{hash}</code>
      </p>
      <p className="max-w-3xl">
        <code className="font-mono text-xs text-ink">npm run bursar -- verify</code> walks the whole chain and
        prints this hash too. Keep one elsewhere from time to time: with it, not even a trail that was
        rewritten whole passes.
      </p>
    </section>
  );
}
