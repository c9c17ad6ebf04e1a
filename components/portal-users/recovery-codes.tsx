"use client";

import { Alert } from "#components/ui/alert.tsx";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { useScriptOnlyClass } from "#components/ui/hydrated.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";

/** New recovery codes, the only time that they are shown. */
export function RecoveryCodes({ codes, next }: { codes: readonly string[]; next: string }) {
  const scriptOnly = useScriptOnlyClass();
  const file = `Bursar recovery codes. Each works once.\r\n\r\n${codes.join("\r\n")}\r\n`;
  return (
    <div className="grid gap-4">
      <Alert tone="success">
        <p>
          These are your recovery codes. Each lets you sign in once without your second factor. Store them
          now: they won’t be shown again.
        </p>
      </Alert>
      <ol
        data-testid="recovery-codes"
        className="grid gap-x-6 gap-y-1.5 rounded-md border border-line bg-raised p-4 font-mono select-all sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2 print:hidden">
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(file)}`}
          download="bursar-recovery-codes.txt"
          className={buttonClass()}
        >
          Download
        </a>
        <Button onClick={() => print()} className={scriptOnly}>
          Print
        </Button>
        <SoftLink href={next} className={buttonClass({ variant: "primary" })}>
          I have stored them
        </SoftLink>
      </div>
    </div>
  );
}
