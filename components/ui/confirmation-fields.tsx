"use client";

import { Alert } from "./alert.tsx";
import { PasswordField, TextField } from "./field.tsx";
import { useFormAnswer } from "./form-answer.ts";
import { PasskeyButton } from "./passkey-button.tsx";

/** Asks the person to confirm who they are, above the form that they have filled in, and sends both together. */
export function ConfirmationFields() {
  const { confirmation } = useFormAnswer();
  if (!confirmation) return null;
  return (
    <fieldset className="grid gap-3 rounded-md border border-line-strong p-4" data-testid="confirmation">
      <legend className="px-1 font-medium">Confirm that it’s you</legend>
      {confirmation.by === "single_sign_on" ? (
        <Alert tone="info">
          <p>
            You signed in more than five minutes ago.{" "}
            <a href={confirmation.href} target="_blank" rel="noreferrer" className="underline">
              Sign in again in a new tab
            </a>
            , then come back and submit this form once more.
          </p>
        </Alert>
      ) : (
        <p className="text-[0.8125rem] text-muted">
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
