import type { ReactNode } from "react";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Form } from "#components/ui/form.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { RESOLUTIONS } from "#lib/alerts/rules/kinds.ts";
import { figuresText, ruleText, subjectText } from "#lib/alerts/rules/words.ts";
import type { FormAction } from "#lib/form-state.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { type AlertRights, RemedyLink, remedyOf } from "./remedy.tsx";

/** The form that the buttons "Mute for me" send. It is beside the other one, because forms cannot be nested. */
const MUTE_FORM = "mute-alerts";

const TITLE_LINK = "rounded-sm font-medium hover:underline";

/** Alerts, newest first. Open ones can be acknowledged one by one or several at once. */
export function AlertList({
  items,
  calendar,
  rights,
  mutedRules,
  back,
  acknowledge,
  mute,
}: {
  items: readonly AlertItem[];
  calendar: Calendar;
  rights: AlertRights;
  /** The rules that the user has muted. */
  mutedRules: readonly number[];
  /** The address of this view, where the forms lead back to. */
  back: string;
  acknowledge: FormAction;
  mute: FormAction;
}) {
  const mayAcknowledge = (item: AlertItem) =>
    item.state === "open" && rights.mayManage(item.organization?.id ?? null);
  const several = items.filter(mayAcknowledge).length > 1;
  return (
    <>
      <Form action={acknowledge} back={back} stays className="printed-form grid gap-3">
        {several && (
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p className="text-[0.8125rem] text-muted print:hidden">
              An alert that you acknowledge leaves this list for everybody.
            </p>
            <SubmitButton variant="secondary" size="sm">
              Acknowledge selected
            </SubmitButton>
          </div>
        )}
        <ul className="rounded-lg border border-line bg-surface shadow-card" aria-label="Alerts">
          {items.map((item) => (
            <li
              key={item.id}
              id={`alert-${item.id}`}
              className="flex items-start gap-3 border-line px-3 py-3 not-first:border-t sm:px-4"
            >
              {several && (
                <input
                  type="checkbox"
                  name="alert"
                  value={item.id}
                  disabled={!mayAcknowledge(item)}
                  aria-label={`Select ${subjectText(item)}: ${ruleText(item)}`}
                  className="mt-1 size-4 shrink-0 accent-accent"
                />
              )}
              <div className="flex min-w-0 flex-1 flex-wrap items-start justify-between gap-x-6 gap-y-2">
                <div className="min-w-0 max-w-2xl flex-1 basis-72 wrap-anywhere">
                  <p>
                    <Subject item={item} />
                    <span className="text-muted"> · </span>
                    {ruleText(item)}
                  </p>
                  <p className="text-[0.8125rem] text-muted">{figuresText(item)}.</p>
                  <Dates item={item} calendar={calendar} />
                </div>
                <Buttons
                  item={item}
                  remedy={<Remedy item={item} rights={rights} back={back} />}
                  mayAcknowledge={mayAcknowledge(item)}
                  isMuted={item.ruleId !== null && mutedRules.includes(item.ruleId)}
                />
              </div>
            </li>
          ))}
        </ul>
      </Form>
      <Form id={MUTE_FORM} action={mute} back={back} stays className="mt-3 empty:hidden">
        {null}
      </Form>
    </>
  );
}

/** What the alert is about, as links. */
function Subject({ item }: { item: AlertItem }) {
  const { organization, creditType, member, apiKey } = item;
  const ofOrganization = organization && (
    <SoftLink href={`/organizations/${encodeURIComponent(organization.code)}`} className={TITLE_LINK}>
      {organization.name}
    </SoftLink>
  );
  if (member) {
    return (
      <>
        <SoftLink href={`/members/${member.id}`} className={TITLE_LINK} title={member.email}>
          {member.name}
        </SoftLink>
        {ofOrganization && <> in {ofOrganization}</>}
      </>
    );
  }
  if (apiKey) {
    return (
      <>
        <span className="font-medium">{apiKey.name}</span>
        {ofOrganization && <> of {ofOrganization}</>}
      </>
    );
  }
  if (creditType) {
    return (
      <SoftLink href={`/credit-types/${creditType.id}`} className={TITLE_LINK}>
        {creditType.name}
      </SoftLink>
    );
  }
  return ofOrganization ?? <span className="font-medium">{subjectText(item)}</span>;
}

function Dates({ item, calendar }: { item: AlertItem; calendar: Calendar }) {
  const { openedAt, acknowledgedAt, acknowledgedBy, resolvedAt, resolution } = item;
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-muted">
      <span>
        Since <Instant at={openedAt} calendar={calendar} />
      </span>
      {acknowledgedAt && (
        <span>
          Acknowledged by {acknowledgedBy}, <Instant at={acknowledgedAt} calendar={calendar} />
        </span>
      )}
      {resolvedAt && resolution && (
        <span>
          <Badge tone="green">Resolved</Badge> {RESOLUTIONS[resolution]},{" "}
          <Instant at={resolvedAt} calendar={calendar} />
        </span>
      )}
    </p>
  );
}

function Instant({ at, calendar }: { at: Date; calendar: Calendar }) {
  return <time dateTime={at.toISOString()}>{formatDateTime(at, calendar)}</time>;
}

function Remedy({ item, rights, back }: { item: AlertItem; rights: AlertRights; back: string }) {
  const remedy = item.state === "resolved" ? null : remedyOf(item, rights, back);
  return remedy && <RemedyLink remedy={remedy} />;
}

function Buttons({
  item,
  remedy,
  mayAcknowledge,
  isMuted,
}: {
  item: AlertItem;
  remedy: ReactNode;
  mayAcknowledge: boolean;
  isMuted: boolean;
}) {
  const subject = <span className="sr-only"> {`${subjectText(item)}: ${ruleText(item)}`}</span>;
  const ghost = buttonClass({ variant: "ghost", size: "sm" });
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {item.ruleId !== null && item.state !== "resolved" && (
        <button
          type="submit"
          form={MUTE_FORM}
          name={isMuted ? "unmute" : "mute"}
          value={item.ruleId}
          className={ghost}
          title={isMuted ? "Show you the alerts of this rule again" : "Hide the alerts of this rule from you"}
        >
          {isMuted ? "Unmute" : "Mute for me"}
          {subject}
        </button>
      )}
      {mayAcknowledge && (
        <SubmitButton variant="secondary" size="sm" name="only" value={item.id}>
          Acknowledge
          {subject}
        </SubmitButton>
      )}
      {remedy}
    </div>
  );
}
