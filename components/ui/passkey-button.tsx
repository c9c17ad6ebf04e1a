"use client";

import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { FormState } from "#lib/form-state.ts";
import { Button } from "./button.tsx";
import { useFormAnswer } from "./form-answer.ts";
import { useHydrated, useScriptOnlyClass } from "./hydrated.ts";

const never = () => () => {};

/** Whether this browser can use passkeys here. The server assumes so. */
export function usePasskeys(): boolean {
  return useSyncExternalStore(
    never,
    () => typeof PublicKeyCredential === "function",
    () => true,
  );
}

/** Where the options of the authenticator come from: the page, or an action that answers them as `values.options`. */
type Options = string | ((data: FormData) => Promise<FormState>);

const NOT_USED =
  "No passkey was used. Try again, or use another way. A passkey works only in the browser and on the device that has it.";

/**
 * A button that asks the authenticator to sign or to make a passkey, puts the answer into its form's hidden field
 * `name` and sends the form. It is not shown where passkeys do not work.
 */
export function PasskeyButton({
  name,
  options,
  does,
  variant = "secondary",
  pressesItself = false,
  children,
}: {
  name: string;
  options: Options;
  does: "sign" | "make";
  variant?: "primary" | "secondary";
  /** Asks the authenticator as soon as the button is shown, because an earlier press led to it. */
  pressesItself?: boolean;
  children: ReactNode;
}) {
  const works = usePasskeys();
  const hydrated = useHydrated();
  const scriptOnly = useScriptOnlyClass();
  const { errors } = useFormAnswer();
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const press = async () => {
    const input = field.current;
    const form = input?.form;
    if (!input || !form || busy) return;
    if (does === "make" && !form.reportValidity()) return;
    setBusy(true);
    setProblem(null);
    try {
      const { startAuthentication, startRegistration } = await import("@simplewebauthn/browser");
      let json = options;
      if (typeof json !== "string") {
        const answer = await json(new FormData(form));
        const refusal = answer.message ?? Object.values(answer.errors ?? {})[0];
        if (refusal !== undefined) return setProblem(refusal);
        json = answer.values?.options ?? "";
      }
      const optionsJSON = JSON.parse(json);
      const answer =
        does === "sign"
          ? await startAuthentication({ optionsJSON })
          : await startRegistration({ optionsJSON });
      input.value = JSON.stringify(answer);
      form.requestSubmit();
      // The answer has been sent. It works once, so that it is not sent again with the next attempt.
      input.value = "";
    } catch (error) {
      const exists = error instanceof Error && error.name === "InvalidStateError";
      setProblem(exists ? "This device has a passkey for your account already." : NOT_USED);
    } finally {
      setBusy(false);
    }
  };

  const pressed = useRef(false);
  useEffect(() => {
    if (!pressesItself || !hydrated || !works || pressed.current) return;
    pressed.current = true;
    void press();
  });

  if (!works) return null;
  const text = problem ?? errors?.[name];
  return (
    <div className={`grid gap-1.5 ${scriptOnly}`}>
      <input ref={field} type="hidden" name={name} defaultValue="" />
      <Button variant={variant} aria-disabled={busy} onClick={press} className="w-full justify-center">
        {children}
      </Button>
      {text && (
        <p role="alert" className="text-[0.8125rem] font-medium wrap-anywhere text-danger">
          {text}
        </p>
      )}
    </div>
  );
}
