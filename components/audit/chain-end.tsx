import { formatCount } from "#lib/credits.ts";

/**
 * The number of entries and the last hash, and how to prove that no entry was altered. Readers who may not see the hash get
 * the number alone.
 */
export function ChainEnd({ entries, hash }: { entries: number; hash: string | null }) {
  return (
    <section aria-label="The chain" className="mt-8 text-[0.8125rem] text-muted">
      <h2 className="mb-1 text-base font-semibold text-ink">The chain</h2>
      <p className="max-w-3xl">
        Each entry includes a hash of itself and of the entry before it, so any change, insertion or removal
        can be detected.{" "}
        {hash === null
          ? `Number of entries: ${formatCount(entries)}.`
          : `The hash of the latest of ${formatCount(entries)} entries is`}
      </p>
      {hash !== null && (
        <>
          <p className="my-1.5">
            <code className="font-mono text-xs break-all text-ink">{hash}</code>
          </p>
          <p className="max-w-3xl">
            <code className="font-mono text-xs text-ink">npm run bursar -- verify</code> checks the whole
            chain and prints this hash too. Save it elsewhere from time to time and pass it to a later{" "}
            <code className="font-mono text-xs text-ink">verify --expect</code>, which then also detects a
            chain that was completely rewritten.
          </p>
        </>
      )}
    </section>
  );
}
