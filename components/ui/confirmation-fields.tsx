"use client";

import { useId } from "react";
import { Alert } from "./alert.tsx";
import { PasswordField, TextField } from "./field.tsx";
import { useFormAnswer } from "./form-answer.ts";
import { useHydrated } from "./hydrated.ts";
import { PasskeyButton } from "./passkey-button.tsx";

/**
 * Asks the person to confirm who they are, above the form that they have filled in, and sends both together. {@link Form}
 * moves the focus to it; without JavaScript the attribute `autofocus` does.
 */
export function ConfirmationFields() {
  const { confirmation } = useFormAnswer();
  const id = useId();
  const hydrated = useHydrated();
  if (!confirmation) return null;
  return (
    <fieldset
      className="grid gap-3 rounded-md border border-line-strong p-4"
      aria-describedby={id}
      data-testid="confirmation"
    >
      <legend className="px-1 font-medium">Confirm that it’s you</legend>
      {confirmation.by === "single_sign_on" ? (
        <Alert tone="info">
          <p id={id}>
            You signed in more than five minutes ago.{" "}
            <a
              href={confirmation.href}
              target="_blank"
              rel="noreferrer"
              className="underline"
              // biome-ignore lint/a11y/noAutofocus: the form is sent only after this
              autoFocus
            >
              Sign in again in a new tab
            </a>
            , then come back and submit this form once more.
          </p>
        </Alert>
      ) : (
        <p id={id} className="text-[0.8125rem] text-muted">
          You confirmed it more than five minutes ago. What you typed below is kept.
        </p>
      )}
      {confirmation.by === "password" && (
        <PasswordField
          label="Your password"
          name="confirmPassword"
          autoComplete="current-password"
          autoFocus
        />
      )}
      {confirmation.by === "second_factor" && (
        <>
          {confirmation.passkeyOptions !== null && (
            <PasskeyButton
              name="confirmPasskey"
              options={confirmation.passkeyOptions}
              does="sign"
              variant="primary"
            >
              Use a passkey
            </PasskeyButton>
          )}
          <TextField
            label="Code"
            name="confirmCode"
            autoComplete="one-time-code"
            spellCheck={false}
            autoCapitalize="characters"
            // Not before the passkey's button, because on a phone the field opens the keyboard.
            autoFocus={confirmation.passkeyOptions === null || !hydrated}
            className="font-mono"
            hint={
              confirmation.hasApp
                ? "From your authenticator app, or a recovery code."
                : "One of your recovery codes."
            }
          />
        </>
      )}
    </fieldset>
  );
}
