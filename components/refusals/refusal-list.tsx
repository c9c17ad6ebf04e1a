import type { ReactNode } from "react";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Email } from "#components/ui/email.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { cappedCredits, formatCount, formatCredits, plainCredits } from "#lib/credits.ts";
import type { RefusalItem } from "#lib/refusals/queries/list.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { refusalWords } from "./words.ts";

/** What the reader may do about a refusal. */
export type RefusalRights = {
  /** Whether credits may be moved. */
  mayAddCredits: boolean;
  /** Whether an organization's members may be changed, by the organization's id. */
  mayManage: (organizationId: number) => boolean;
};

/** Classes for the rows and cells of the whole table: a table, or on a narrow screen one card for each row. */
const ROWS = [
  "@max-4xl:block tabular-nums",
  "@max-4xl:[&>tr]:grid @max-4xl:[&>tr]:grid-cols-2 @max-4xl:[&>tr]:gap-x-3 @max-4xl:[&>tr]:gap-y-1",
  "@max-4xl:[&>tr>th]:col-span-2 @max-4xl:[&>tr>:last-child]:col-span-2",
  "@max-4xl:[&>tr]:border-line @max-4xl:[&>tr]:px-3 @max-4xl:[&>tr]:py-2.5 @max-4xl:[&>tr+tr]:border-t",
  "@4xl:[&>tr>*]:border-t @4xl:[&>tr>*]:border-line @4xl:[&>tr>*]:px-3 @4xl:[&>tr>*]:py-2 @4xl:[&>tr>*]:align-top",
  "[&>tr>td]:wrap-anywhere [&_a]:rounded-sm",
].join(" ");

/** A link in a cell, high enough for a finger on a card. */
const CELL_LINK = "hover:underline @max-4xl:inline-block @max-4xl:py-1";

/** Refused requests, newest first. */
export function RefusalList({
  items,
  calendar,
  rights,
  back,
  showOrganization = true,
  showMember = true,
  showKey = true,
}: {
  items: readonly RefusalItem[];
  calendar: Calendar;
  rights: RefusalRights;
  /** Where the forms of the remedies lead after they were sent. */
  back: string;
  showOrganization?: boolean;
  showMember?: boolean;
  showKey?: boolean;
}) {
  return (
    <div className="@container">
      <table
        aria-label="Refusals"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-4xl:block @4xl:border-separate @4xl:border-spacing-0"
      >
        <thead className="text-muted @max-4xl:sr-only">
          <tr>
            <Heading>Date</Heading>
            <Heading>Reason</Heading>
            {showMember && <Heading>Member</Heading>}
            {showOrganization && <Heading>Organization</Heading>}
            <Heading>Application</Heading>
            <Heading right>Credits</Heading>
            <Heading right>Left</Heading>
            <Heading>
              <span className="sr-only">Remedy</span>
            </Heading>
          </tr>
        </thead>
        <tbody className={ROWS}>
          {items.map((item) => (
            <tr key={item.id} id={`refusal-${item.id}`}>
              <th scope="row" className="font-normal @4xl:whitespace-nowrap @max-4xl:text-muted">
                <time dateTime={item.at.toISOString()}>{formatDateTime(item.at, calendar)}</time>
              </th>
              <td>
                <Badge tone="amber">{refusalWords(item.code)}</Badge>
                {item.requests > 1 && (
                  <span className="block text-xs text-muted">{formatCount(item.requests)} requests</span>
                )}
                {item.request === "check" && <span className="block text-xs text-muted">Check only</span>}
              </td>
              {showMember && (
                <td>
                  <Member item={item} />
                </td>
              )}
              {showOrganization && (
                <td>
                  <Organization item={item} />
                </td>
              )}
              <td>
                {item.application || <Nothing />}
                {showKey && item.apiKey && (
                  <SoftLink
                    href={`/api-keys/${item.apiKey.id}`}
                    className="block text-xs text-muted hover:underline"
                  >
                    Key: {item.apiKey.name}
                  </SoftLink>
                )}
              </td>
              <td className="@4xl:text-right @4xl:whitespace-nowrap">
                <Label>Asked for: </Label>
                {formatCredits(item.amount)}
              </td>
              <td className="@4xl:text-right @4xl:whitespace-nowrap">
                {item.remaining === null ? (
                  <Nothing />
                ) : (
                  <>
                    <Label>Left: </Label>
                    {formatCredits(item.remaining)}
                  </>
                )}
              </td>
              <td className="@4xl:text-right">
                <Remedy item={item} rights={rights} back={back} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ children, right = false }: { children: ReactNode; right?: boolean }) {
  return (
    <th scope="col" className={`px-3 py-2 font-medium whitespace-nowrap ${right ? "text-right" : ""}`}>
      {children}
    </th>
  );
}

/** The heading of a column, as a card shows it. */
function Label({ children }: { children: string }) {
  return <span className="text-muted @4xl:hidden">{children}</span>;
}

/** An empty cell: screen readers skip it, and a card does not show it. */
function Nothing() {
  return (
    <span aria-hidden className="text-muted @max-4xl:hidden">
      –
    </span>
  );
}

function Member({ item: { member, memberEmail } }: { item: RefusalItem }) {
  if (member) {
    return (
      <SoftLink href={`/members/${member.id}`} title={memberEmail} className={CELL_LINK}>
        {member.name}
      </SoftLink>
    );
  }
  return memberEmail === "" ? <Nothing /> : <Email>{memberEmail}</Email>;
}

function Organization({ item: { organization, organizationText } }: { item: RefusalItem }) {
  if (!organization) return organizationText === "" ? <Nothing /> : organizationText;
  return (
    <>
      <SoftLink href={`/organizations/${encodeURIComponent(organization.code)}`} className={CELL_LINK}>
        {organization.name}
      </SoftLink>
      {organizationText !== "" && <span className="block text-xs text-muted">for {organizationText}</span>}
    </>
  );
}

/** The form that would have let the request through, with the missing credits filled in. */
export function Remedy({ item, rights, back }: { item: RefusalItem; rights: RefusalRights; back: string }) {
  const { organization, member, membershipId, remaining } = item;
  if (!organization || remaining === null) return null;
  const amount = plainCredits(cappedCredits(item.amount - remaining));
  if (item.code === "insufficient_credits" && rights.mayAddCredits) {
    const path = `/organizations/${encodeURIComponent(organization.code)}/credits/add`;
    return (
      <RemedyLink
        href={`${path}?${new URLSearchParams({ amount, back })}`}
        subject={`to ${organization.name}`}
      >
        Add credits
      </RemedyLink>
    );
  }
  if (
    item.code === "allowance_exceeded" &&
    member &&
    membershipId !== null &&
    rights.mayManage(organization.id)
  ) {
    const path = `/members/${member.id}/memberships/${membershipId}`;
    return (
      <RemedyLink
        href={`${path}?${new URLSearchParams({ raise: amount, back })}`}
        subject={`of ${member.name}`}
      >
        Raise allowance
      </RemedyLink>
    );
  }
  return null;
}

function RemedyLink({ href, subject, children }: { href: string; subject: string; children: string }) {
  return (
    <SoftLink href={href} className={`whitespace-nowrap ${buttonClass({ size: "sm" })}`}>
      {children}
      <span className="sr-only"> {subject}</span>
    </SoftLink>
  );
}
