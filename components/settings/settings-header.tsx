import { PageHeader } from "#components/ui/page-header.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";

export function SettingsHeader({
  tab,
  owner = true,
}: {
  tab: "general" | "users" | "security" | "notifications" | "tags" | "alerts" | "health";
  /** An admin sees the tabs of tags, alerts and checks alone. */
  owner?: boolean;
}) {
  return (
    <>
      <PageHeader title="Settings" />
      <div className="mb-6">
        <TabLinks
          label="Settings"
          items={[
            ...(owner
              ? [
                  { href: "/settings", label: "General", current: tab === "general" },
                  { href: "/settings/users", label: "Portal users", current: tab === "users" },
                  { href: "/settings/security", label: "Security", current: tab === "security" },
                  {
                    href: "/settings/notifications",
                    label: "Notifications",
                    current: tab === "notifications",
                  },
                ]
              : []),
            { href: "/settings/tags", label: "Tags", current: tab === "tags" },
            { href: "/settings/alerts", label: "Alert rules", current: tab === "alerts" },
            { href: "/settings/health", label: "Backups and checks", current: tab === "health" },
          ]}
        />
      </div>
    </>
  );
}
