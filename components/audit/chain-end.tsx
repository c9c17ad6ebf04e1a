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
        <code className="font-mono text-xs text-ink">npm run bursar -- verify</code> checks the whole chain
        and prints this hash too. Keep one elsewhere from time to time and pass it to a later{" "}
        <code className="font-mono text-xs text-ink">verify --expect</code>, which then also detects a chain
        that was rewritten as a whole.
      </p>
    </section>
  );
}
