import type { ReactNode } from "react";
import { flashCookie, readFlash } from "#app/flash.ts";
import { rememberedOrganizationsHref } from "#app/organizations-look.ts";
import { readSingleKeys } from "#app/single-keys.ts";
import { readTheme } from "#app/theme.ts";
import { countText } from "#components/refusals/words.ts";
import { AccountMenu } from "#components/shell/account-menu.tsx";
import { Keyboard } from "#components/shell/keyboard.tsx";
import { NavLinks } from "#components/shell/nav-links.tsx";
import { Toast } from "#components/shell/toast.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SoftNavigation } from "#components/ui/soft-navigation.tsx";
import { hasRole } from "#lib/actor.ts";
import { COUNTED_ALERTS, countOpenAlerts } from "#lib/alerts/queries/list.ts";
import { currentUser, enrollingUser } from "#lib/portal-users/session.ts";
import { starredViews } from "#lib/saved-views/queries.ts";
import { isWhole } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { setThemeAction, signOutAction } from "./actions.ts";
import { undoBatchAction } from "./batches/actions.ts";

/**
 * The shell around every signed-in page. It protects nothing, because each page checks the session itself. Most
 * of its looks are in the stylesheet, because each page would have its classes twice: as markup, and in what Next sends
 * beside it.
 */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  // Before a required second factor is added, nothing is offered but that. The elements are the same, so that React
  // keeps the form that shows the recovery codes.
  const enrolling = await enrollingUser();
  const shown = user ?? enrolling;
  if (!shown) return children;
  const theme = (await readTheme()) ?? "system";
  const { enterpriseName } = getSettings();
  const settings = hasRole(shown.role, "owner")
    ? "/settings"
    : hasRole(shown.role, "admin")
      ? "/settings/tags"
      : null;
  const openAlerts = user ? countOpenAlerts(user.scope, user.id) : 0;
  const brand = (
    <SoftLink href="/organizations" className="shell-brand">
      <Icon name="landmark" className="shell-mark" />
      <span className="shell-enterprise" title={enterpriseName}>
        {enterpriseName}
      </span>
    </SoftLink>
  );
  return (
    <div className="shell">
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      <header className="shell-bar">
        <button type="button" popoverTarget="main-menu" aria-label="Menu" className="shell-menu-button">
          <Icon name="menu" className="size-5" />
        </button>
        <div className="shell-name">{brand}</div>
        <div id="main-menu" popover="auto" className="shell-menu">
          {user && (
            <NavLinks
              organizationsHref={await rememberedOrganizationsHref()}
              hasPools={isWhole(shown.scope)}
              openAlerts={openAlerts === 0 ? null : countText(openAlerts, COUNTED_ALERTS)}
              settings={settings}
              views={starredViews(shown)}
            />
          )}
        </div>
        <AccountMenu
          email={shown.email}
          role={shown.role ?? "organizations"}
          theme={theme}
          setTheme={setThemeAction}
          signOut={signOutAction}
        />
      </header>
      <main id="content" tabIndex={-1} className="shell-content">
        <div className="mx-auto max-w-7xl">{children}</div>
      </main>
      {user && <Keyboard singleKeys={await readSingleKeys()} />}
      <SoftNavigation />
      <Toast message={await readFlash()} cookie={flashCookie()} undo={undoBatchAction} />
    </div>
  );
}
