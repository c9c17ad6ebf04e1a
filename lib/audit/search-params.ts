import { cursorParam } from "#lib/keyset.ts";
import { choiceParam, dayParam, type Param, searchParamsCodec, textParam } from "#lib/search-params.ts";
import { AUDIT_ACTIONS, AUDIT_SUBJECTS, type AuditAction, type AuditSubjectKind } from "./rules.ts";

/** Who made changes: one person or key, the command line, or the portal itself. */
export type AuditActor =
  | { kind: "operator" | "system"; id: null }
  | { kind: "portal_user" | "api_key"; id: number };

/** "operator", "portal_user.12". */
export function actorText(actor: AuditActor): string {
  return actor.id === null ? actor.kind : `${actor.kind}.${actor.id}`;
}

const actorParam: Param<AuditActor | null> = {
  fallback: null,
  decode(text) {
    if (text === "operator" || text === "system") return { kind: text, id: null };
    const [, kind, id] = /^(portal_user|api_key)\.([1-9]\d{0,14})$/.exec(text) ?? [];
    return kind === "portal_user" || kind === "api_key" ? { kind, id: Number(id) } : undefined;
  },
  encode: (actor) => (actor === null ? "" : actorText(actor)),
};

const ACTION_CHOICES = ["all", ...(Object.keys(AUDIT_ACTIONS) as AuditAction[])] as const;
const SUBJECT_CHOICES = ["all", ...(Object.keys(AUDIT_SUBJECTS) as AuditSubjectKind[])] as const;

/** The kinds of things that belong to organizations, which people see who have grants on them alone. */
const KINDS_OF_ORGANIZATIONS: readonly string[] = [
  "organization",
  "membership",
  "member",
  "api_key",
  "import",
  "alert",
];
/** Their actions. */
const ACTIONS_OF_ORGANIZATIONS =
  /^(organization|member|membership|api_key|import|usage|alert)\.|^credits\.(allocated|returned)$|^entry\./;

/** The choices of the filters for a reader: of the whole enterprise, or of a part of it. */
export function auditChoices(isWhole: boolean): { kinds: readonly string[]; actions: readonly string[] } {
  if (isWhole) return { kinds: SUBJECT_CHOICES, actions: ACTION_CHOICES };
  return {
    kinds: SUBJECT_CHOICES.filter((kind) => kind === "all" || KINDS_OF_ORGANIZATIONS.includes(kind)),
    actions: ACTION_CHOICES.filter((action) => action === "all" || ACTIONS_OF_ORGANIZATIONS.test(action)),
  };
}

/** The view of `/audit`, as its URL defines it. */
export const auditSearchParams = searchParamsCodec({
  /** The name of what changed, at that time: a code, an email, a name. */
  q: textParam(254),
  actor: actorParam,
  action: choiceParam(ACTION_CHOICES, "all"),
  kind: choiceParam(SUBJECT_CHOICES, "all"),
  /** Days. */
  from: dayParam,
  to: dayParam,
  /** The page of entries older than this place, or newer. */
  before: cursorParam,
  after: cursorParam,
});

export type AuditView = typeof auditSearchParams.defaults;

/** The link to a view; any change of the filters starts at the newest entries. */
export function auditHref(view: AuditView, change: Partial<AuditView> = {}, path = "/audit"): string {
  return path + auditSearchParams.encode({ ...view, before: null, after: null, ...change });
}
