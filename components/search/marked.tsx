import { markMatches } from "#lib/search/rules/hits.ts";

/** A text of a hit with the match marked. */
export function Marked({ text, q }: { text: string; q: string }) {
  return markMatches(text, q).map(({ text: part, isMatch }, index) =>
    isMatch ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other identity
      <mark key={index} className="bg-transparent font-semibold text-accent">
        {part}
      </mark>
    ) : (
      part
    ),
  );
}
