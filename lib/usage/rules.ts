/** One use of an application by a member: checked, not yet recorded. */
export type UsageEvent = {
  /** The sender's own id for it: sent again, it is recorded once. */
  id: string;
  /** A CloudEvent's source, which makes its id unique; "" for the plain usage API. */
  source: string;
  /** An organization's code; null where the key says it. */
  organization: string | null;
  /** E-mail. */
  member: string;
  application: string;
  /** Micro-credits, more than zero. */
  credits: bigint;
  /** Null: now. */
  occurredAt: Date | null;
  /** JSON object with its keys in a fixed order, so that equal metadata is equal text. */
  metadata: string | null;
};

/** Why an event was not recorded: the `code` of the problem. */
export type UsageRefusal =
  | "invalid_request"
  | "idempotency_conflict"
  | "insufficient_credits"
  | "allowance_exceeded"
  | "organization_inactive"
  | "member_inactive"
  | "forbidden_organization"
  | "member_not_found"
  | "organization_not_found";
