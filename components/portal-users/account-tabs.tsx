import { TabLinks } from "#components/ui/tab-links.tsx";

/** The pages about one's own account. */
export function AccountTabs({ tab }: { tab: "second-factor" | "password" | "sessions" }) {
  return (
    <div className="mb-6">
      <TabLinks
        label="Account"
        items={[
          { href: "/account", label: "Second factor", current: tab === "second-factor" },
          { href: "/account/password", label: "Password", current: tab === "password" },
          { href: "/account/sessions", label: "Sessions", current: tab === "sessions" },
        ]}
      />
    </div>
  );
}
