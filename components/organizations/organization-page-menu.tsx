import { QuietMenu } from "#components/ui/quiet-menu.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { StatusMenuItem } from "#components/ui/status-controls.tsx";
import { auditHref, auditSearchParams } from "#lib/audit/search-params.ts";
import { organizationHref } from "./organization-href.ts";
import { STATUS_FORM } from "./organization-status.tsx";

/** What an admin does less often to the organization of a page. The page needs the status form too. */
export function OrganizationPageMenu({
  organization,
}: {
  organization: { id: number; name: string; code: string; active: boolean };
}) {
  const { name, code } = organization;
  return (
    <QuietMenu label={`Actions for ${name}`}>
      <SoftLink href={`${organizationHref(code)}/settings`}>Change settings</SoftLink>
      <SoftLink href={`/members/import?${new URLSearchParams({ organization: code })}`}>
        Import members
      </SoftLink>
      <SoftLink href={auditHref(auditSearchParams.defaults, { q: code, kind: "organization" })}>
        Changes in Audit
      </SoftLink>
      <StatusMenuItem form={STATUS_FORM} subject={organization} />
    </QuietMenu>
  );
}
