"use client";

import { useState } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import {
  hasPlaceholders,
  quickStartPrograms,
  type QuickStart as Start,
} from "#lib/api-keys/rules/quick-start.ts";

/** Whole names, because Tailwind finds them in this text: without JavaScript the radio buttons choose what is shown. */
const SHOWN: Record<string, string> = {
  curl: "group-has-[[value=curl]:checked]:grid",
  javascript: "group-has-[[value=javascript]:checked]:grid",
  python: "group-has-[[value=python]:checked]:grid",
};

/** Programs that report a first event, with what is known filled in, and where to read on. */
export function QuickStart({ start }: { start: Start }) {
  const [language, setLanguage] = useState("curl");
  const programs = quickStartPrograms(start);
  return (
    <div className="group grid min-w-0 gap-3">
      <fieldset className="flex w-fit max-w-full flex-wrap gap-0.5 rounded-lg border border-line bg-raised p-0.5 text-[0.8125rem]">
        <legend className="sr-only">Language</legend>
        {programs.map((program) => (
          <label
            key={program.language}
            className="rounded-md px-2.5 py-1.5 font-medium text-muted has-checked:bg-surface has-checked:text-ink has-checked:shadow-card has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="language"
              value={program.language}
              checked={language === program.language}
              onChange={() => setLanguage(program.language)}
              className="sr-only"
            />
            {program.label}
          </label>
        ))}
      </fieldset>
      {programs.map((program) => (
        <div key={program.language} className={`hidden min-w-0 gap-2 ${SHOWN[program.language]}`}>
          <section
            aria-label={`Program in ${program.label}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
            tabIndex={0}
            className="max-w-full overflow-x-auto rounded-md border border-line bg-raised p-3"
          >
            <pre className="w-max font-mono text-xs leading-relaxed">{program.code}</pre>
          </section>
          <div>
            <CopyButton text={program.code} label="Copy program" of={`in ${program.label}`} />
          </div>
        </div>
      ))}
      <p className="text-[0.8125rem] text-muted">
        {hasPlaceholders(start) && "Replace what is written in capitals, and the member’s email. "}
        It reports 0.01 credits for one member. More in the{" "}
        <a href="/api/v1/guide" className="underline underline-offset-2 hover:text-ink">
          guide
        </a>{" "}
        and in the{" "}
        <a href="/api/v1/openapi.json" className="underline underline-offset-2 hover:text-ink">
          OpenAPI document
        </a>
        .
      </p>
    </div>
  );
}
