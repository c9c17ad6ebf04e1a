"use client";

import { Badge } from "#components/ui/badge.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";

const THEMES = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;
export type Theme = (typeof THEMES)[number]["value"];

/**
 * Uses the popover attribute, so that it opens, closes and handles the keyboard without a script. Most of its looks are in
 * the stylesheet, because every page has it, nearly always closed.
 */
export function AccountMenu({
  email,
  role,
  theme,
  setTheme,
  signOut,
}: {
  email: string;
  role: string;
  theme: Theme;
  setTheme: (data: FormData) => Promise<void>;
  signOut: () => Promise<void>;
}) {
  return (
    <>
      <button type="button" popoverTarget="account-menu" className="account-button">
        <Icon name="circle-user-round" className="shell-mark" />
        <span className="sr-only">Account menu, </span>
        <span className="min-w-0 flex-1 truncate text-[0.8125rem] max-md:sr-only">{email}</span>
        <Icon name="chevrons-up-down" className="account-chevrons" />
      </button>
      <div id="account-menu" popover="auto" className="account-menu">
        <div className="flex items-center justify-between gap-2 border-b border-line px-2.5 pt-1 pb-2.5">
          <span className="min-w-0 truncate" title={email}>
            {email}
          </span>
          <Badge tone="blue">{role}</Badge>
        </div>
        <form action={setTheme} className="border-b border-line px-2.5 py-2.5">
          <fieldset>
            <legend className="mb-1.5 text-xs text-muted">Theme</legend>
            <div className="grid grid-cols-3 gap-1 rounded-md bg-raised p-1">
              {THEMES.map(({ value, label }) => (
                <button
                  key={value}
                  type="submit"
                  name="theme"
                  value={value}
                  aria-pressed={theme === value}
                  className="theme-choice"
                >
                  {label}
                </button>
              ))}
            </div>
          </fieldset>
        </form>
        <div className="pt-1.5">
          <SoftLink href="/account" className="account-item">
            <Icon name="shield-check" className="text-muted" />
            Second factor
          </SoftLink>
          <SoftLink href="/account/password" className="account-item">
            <Icon name="key-round" className="text-muted" />
            Change password
          </SoftLink>
          <SoftLink href="/account/sessions" className="account-item">
            <Icon name="monitor-smartphone" className="text-muted" />
            Sessions
          </SoftLink>
          <form action={signOut}>
            <button type="submit" className="account-item">
              <Icon name="log-out" className="text-muted" />
              Sign out
            </button>
          </form>
        </div>
      </div>
    </>
  );
}
