import { RowMenu } from "#components/ui/row-menu.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { organizationHref } from "./organization-href.ts";
import { STATUS_FORM } from "./organization-status.tsx";

/** What an admin does to one organization of the list. */
export function OrganizationMenu({
  organization: { id, name, code, active },
  back,
}: {
  organization: { id: number; name: string; code: string; active: boolean };
  /** The list, to which the forms lead back. */
  back: string;
}) {
  const href = organizationHref(code);
  const query = `?back=${encodeURIComponent(back)}`;
  return (
    <RowMenu id={`menu-${id}`} name={name}>
      <SoftLink href={`${href}/credits/add${query}`}>Add credits</SoftLink>
      <SoftLink href={`${href}/credits/return${query}`}>Return credits</SoftLink>
      <SoftLink href={`${href}/settings`}>Settings</SoftLink>
      <button
        type="submit"
        form={STATUS_FORM}
        name="only"
        value={`${active ? "deactivate" : "activate"}-${id}`}
      >
        {active ? "Deactivate" : "Activate"}
        <span className="sr-only"> {name}</span>
      </button>
    </RowMenu>
  );
}
