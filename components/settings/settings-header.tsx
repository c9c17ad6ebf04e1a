import { PageHeader } from "#components/ui/page-header.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";

export function SettingsHeader({ tab }: { tab: "general" | "users" }) {
  return (
    <>
      <PageHeader title="Settings" />
      <div className="mb-6">
        <TabLinks
          label="Settings"
          items={[
            { href: "/settings", label: "General", current: tab === "general" },
            { href: "/settings/users", label: "Portal users", current: tab === "users" },
          ]}
        />
      </div>
    </>
  );
}
