import type { MisreadParam } from "#lib/search-params.ts";

const SHOWN = 3;
const SHOWN_CHARACTERS = 60;

/** A quiet line about what a page's address has that the page could not read, and did not use. */
export function MisreadNote({ misread }: { misread: readonly MisreadParam[] }) {
  if (misread.length === 0) return null;
  const more = misread.length - SHOWN;
  return (
    <p role="status" className="mb-4 text-[0.8125rem] wrap-anywhere text-muted">
      Ignored, because not understood:{" "}
      {misread.slice(0, SHOWN).map(({ name, text }, index) => (
        <span key={`${name}=${text}`}>
          {index > 0 && ", "}
          <code>
            {name}={shortened(text)}
          </code>
        </span>
      ))}
      {more > 0 && ` and ${more} more`}
    </p>
  );
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
