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

const ITEM = "flex w-full items-center gap-2.5 rounded-md px-2.5 py-2 text-left hover:bg-raised";

/** Uses the popover attribute, so that it opens, closes and handles the keyboard without a script. */
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
      <button
        type="button"
        popoverTarget="account-menu"
        className="flex min-w-0 shrink-0 items-center gap-2.5 rounded-md px-2.5 py-2 text-left hover:bg-raised md:w-full"
      >
        <Icon name="circle-user-round" className="size-5 shrink-0 text-accent" />
        <span className="sr-only">Account menu, </span>
        <span className="min-w-0 flex-1 truncate text-[0.8125rem] max-md:sr-only">{email}</span>
        <Icon name="chevrons-up-down" className="size-3.5 shrink-0 text-muted max-md:hidden" />
      </button>
      <div
        id="account-menu"
        popover="auto"
        className="fixed m-0 w-60 rounded-lg border border-line bg-surface p-1.5 text-ink shadow-pop max-md:inset-auto max-md:top-14 max-md:right-3 md:inset-auto md:bottom-16 md:left-3"
      >
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
                  className="rounded px-1 py-1 text-xs text-muted aria-pressed:bg-surface aria-pressed:font-medium aria-pressed:text-ink aria-pressed:shadow-card"
                >
                  {label}
                </button>
              ))}
            </div>
          </fieldset>
        </form>
        <div className="pt-1.5">
          <SoftLink href="/account" className={ITEM}>
            <Icon name="shield-check" className="size-4 text-muted" />
            Second factor
          </SoftLink>
          <SoftLink href="/account/password" className={ITEM}>
            <Icon name="key-round" className="size-4 text-muted" />
            Change password
          </SoftLink>
          <SoftLink href="/account/sessions" className={ITEM}>
            <Icon name="monitor-smartphone" className="size-4 text-muted" />
            Sessions
          </SoftLink>
          <form action={signOut}>
            <button type="submit" className={ITEM}>
              <Icon name="log-out" className="size-4 text-muted" />
              Sign out
            </button>
          </form>
        </div>
      </div>
    </>
  );
}
