import { database } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { randomFrom } from "#lib/random.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { Reporter } from "#lib/usage/queries/spenders.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  operator,
  requestId,
  usageEvent,
  value,
} from "./builders.ts";

// A random enterprise in which every text of an organization, a person, an application and so on has a marker that no
// other text has. The model knows in which organizations each marker may be seen, from what it inserted alone.

export type ModelSpend = {
  id: number;
  organization: number;
  member: number;
  application: number;
  creditType: number;
  day: number;
  at: Date;
  model: string;
  externalId: string;
  credits: bigint;
  isReversed: boolean;
};

export type Model = {
  seed: number;
  organizations: { id: number; code: string; creditType: number; tags: string[] }[];
  memberships: { id: number; organization: number; member: number }[];
  spends: ModelSpend[];
  /** The other entries of the ledger, by organization. */
  otherEntries: { id: number; organization: number }[];
  /** The organizations in which each marker may be seen. */
  markers: Map<string, Set<number>>;
  /** Accounts with grants on organizations and tags, and what these reach. */
  users: { actor: Actor & { kind: "portal_user" }; organizations: Set<number> }[];
};

const NOW = new Date("2026-11-24T12:00:00Z");
const DAY_MS = 86_400_000;
/** Today of the model, in UTC. */
export const TODAY = 20_261_124;

/** Fills an empty database with a random enterprise of some eight organizations. */
export async function makeModel(seed: number): Promise<Model> {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const some = <T>(items: readonly T[], chance: number): T[] => items.filter(() => random() < chance);

  const markers = new Map<string, Set<number>>();
  /** A new marker, to be seen in these organizations. */
  const marker = (kind: string, ...organizations: number[]): string => {
    const text = `zq${kind}${String(markers.size).padStart(3, "0")}x`;
    markers.set(text, new Set(organizations));
    return text;
  };
  const seenIn = (text: string, organization: number) => {
    for (const [one, organizations] of markers) if (text.includes(one)) organizations.add(organization);
  };

  const types: { id: number; name: string }[] = [];
  for (const currency of ["JPY", "EUR"] as const) {
    const name = `Credits ${marker("c")}`;
    types.push({ id: await aCreditType({ name, currency, available: credits(1_000_000), at: NOW }), name });
  }

  const model: Model = {
    seed,
    organizations: [],
    memberships: [],
    spends: [],
    otherEntries: [],
    markers,
    users: [],
  };
  const newestEntry = () =>
    Number(database().$client.prepare("SELECT max(id) FROM ledger_entries").pluck().get());
  const created = new Date(NOW.getTime() - 200 * DAY_MS);
  const tags = [1, 2, 3].flatMap((number) => [
    `zqt${number}x:${marker("v")}`,
    `plain${number}:${marker("v")}`,
  ]);
  for (let number = 0; number < 6 + below(4); number++) {
    const type = pick(types);
    const text = marker("o");
    const id = await anOrganization({
      code: text.toUpperCase(),
      name: `Name ${text}`,
      creditType: type.id,
      balance: credits(5_000),
      at: created,
    });
    for (const one of [text]) markers.get(one)?.add(id);
    seenIn(type.name, id);
    model.otherEntries.push({ id: newestEntry(), organization: id });
    const own = some(tags, 0.35);
    for (const tag of own) seenIn(tag, id);
    if (own.length > 0) value(await changeOrganizationsTags([id], { to: "add", tags: own }, operator));
    model.organizations.push({ id, code: text.toUpperCase(), creditType: type.id, tags: own });
  }

  const people: { text: string; email: string; name: string; member: number }[] = [];
  for (let number = 0; number < 14; number++) {
    const text = marker("p");
    const person = { text, email: `${text}@example.edu`, name: `Person ${text}`, member: 0 };
    for (const { id } of some(model.organizations, random() < 0.4 ? 0.4 : 0.15)) {
      const row = await aMember(id, { email: person.email, name: person.name, at: created });
      person.member = row.member;
      model.memberships.push({ id: row.membership, organization: id, member: row.member });
      markers.get(text)?.add(id);
    }
    if (person.member > 0) people.push(person);
  }

  const models = [1, 2, 3, 4].map(() => marker("m"));
  const applications = [1, 2, 3, 4, 5].map(() => `app ${marker("a")}`);
  const events =
    model.memberships.length === 0
      ? []
      : Array.from({ length: 90 }, () => {
          const membership = pick(model.memberships);
          const organization = model.organizations.find(({ id }) => id === membership.organization);
          const person = people.find(({ member }) => member === membership.member);
          const application = below(applications.length);
          const at = new Date(NOW.getTime() - below(120) * DAY_MS);
          const used = pick(models);
          const externalId = marker("e", membership.organization);
          seenIn(applications[application] ?? "", membership.organization);
          seenIn(used, membership.organization);
          return {
            event: usageEvent({
              id: externalId,
              organization: organization?.code ?? "",
              member: person?.email ?? "",
              application: applications[application] ?? "",
              credits: BigInt(1 + below(9_000_000)),
              occurredAt: at,
              metadata: JSON.stringify({ model: used, by: marker("d", membership.organization) }),
            }),
            membership,
            application,
            at,
            used,
          };
        });
  const outcomes = await recordBatch(
    events.map(({ event }) => event),
    operator,
    { now: NOW },
  );
  const stored = database()
    .$client.prepare("SELECT id, application_id FROM ledger_entries WHERE external_id = ?")
    .raw();
  for (const [index, { event, membership, at, used }] of events.entries()) {
    value(outcomes[index]);
    const [id, application] = stored.get(event.id) as [bigint, bigint];
    model.spends.push({
      id: Number(id),
      organization: membership.organization,
      member: membership.member,
      application: Number(application),
      creditType: model.organizations.find((one) => one.id === membership.organization)?.creditType ?? 0,
      day: Number(at.toISOString().slice(0, 10).replaceAll("-", "")),
      at,
      model: used,
      externalId: event.id,
      credits: event.credits,
      isReversed: false,
    });
  }
  await saveRefusals(
    [...model.memberships, null].map((membership) => {
      const organization = model.organizations.find(({ id }) => id === membership?.organization);
      const person = people.find(({ member }) => member === membership?.member);
      return {
        at: NOW.getTime(),
        lastAt: NOW.getTime(),
        apiKeyId: null,
        keyOrganizationId: null,
        organization: organization?.code ?? marker("u"),
        member: person?.email ?? `${marker("u")}@example.edu`,
        application: membership ? marker("r", membership.organization) : marker("r"),
        request: "event",
        code: membership ? "allowance_exceeded" : "organization_not_found",
        amount: credits(5),
        remaining: membership ? credits(1) : null,
        requests: 1,
      };
    }),
  );
  for (const spend of some(model.spends, 0.1)) {
    const note = marker("n", spend.organization);
    value(await reverseEntry({ entry: spend.id, note, requestId: requestId() }, operator, NOW));
    spend.isReversed = true;
    model.otherEntries.push({ id: newestEntry(), organization: spend.organization });
  }
  for (const { id } of some(model.organizations, 0.5)) {
    const note = marker("n", id);
    value(
      await returnCredits(
        { organization: id, amount: credits(1), note, requestId: requestId() },
        operator,
        NOW,
      ),
    );
    model.otherEntries.push({ id: newestEntry(), organization: id });
    value(await setApprovedDomains({ organization: id, domains: [`${marker("b", id)}.example`] }, operator));
    const key = { name: `Key ${marker("k", id)}`, organization: id, expires: null, requestId: undefined };
    value(await createApiKey(key, operator));
  }
  const keyName = `Key ${marker("k")}`;
  const enterpriseKey = value(
    await createApiKey({ name: keyName, organization: null, expires: null, requestId: undefined }, operator),
  );
  // A key of the whole enterprise adds people of approved domains.
  for (const { id, code } of some(model.organizations, 0.4)) {
    const domain = `${marker("b", id)}.example`;
    value(await setApprovedDomains({ organization: id, domains: [domain] }, operator));
    const person = marker("p", id);
    const application = applications[0] ?? "";
    seenIn(application, id);
    const event = usageEvent({
      id: marker("e", id),
      organization: code,
      member: `${person}@${domain}`,
      application,
      credits: 5n,
      occurredAt: NOW,
    });
    const key = { kind: "api_key", id: enterpriseKey.id, name: keyName, organizationId: null, address: null };
    const [outcome] = await recordBatch([event], key as unknown as Reporter, { now: NOW });
    value(outcome);
    const [entry, spentIn] = stored.get(event.id) as [bigint, bigint];
    const row = database()
      .$client.prepare("SELECT id, member_id FROM memberships ORDER BY id DESC LIMIT 1")
      .raw()
      .get() as [bigint, bigint];
    model.memberships.push({ id: Number(row[0]), organization: id, member: Number(row[1]) });
    model.spends.push({
      id: Number(entry),
      organization: id,
      member: Number(row[1]),
      application: Number(spentIn),
      creditType: model.organizations.find((one) => one.id === id)?.creditType ?? 0,
      day: TODAY,
      at: NOW,
      model: "",
      externalId: event.id,
      credits: 5n,
      isReversed: false,
    });
  }
  for (const person of some(people, 0.4)) {
    const former = marker("f", ...(markers.get(person.text) ?? []));
    value(await addAlias({ member: person.member, email: `${former}@example.edu` }, operator));
    value(
      await updateMember(
        { id: person.member, name: `${person.name} the second`, email: person.email },
        operator,
      ),
    );
  }
  const inactive = some(model.memberships, 0.15).map(({ id }) => id);
  if (inactive.length > 0) value(await changeMembershipsActive(inactive, false, operator));

  for (let number = 0; number < 3; number++) {
    const actor = await aPortalUser(null, `granted${number}@example.edu`);
    const organizations = new Set<number>();
    for (const { id } of some(model.organizations, number === 0 ? 0.15 : 0.3)) {
      await aGrant(actor, pick(["admin", "viewer"] as const), { organizationId: id });
      organizations.add(id);
    }
    for (const tag of some(tags, number === 2 ? 0.3 : 0)) {
      await aGrant(actor, pick(["admin", "viewer"] as const), { tag });
      for (const { id, tags } of model.organizations) if (tags.includes(tag)) organizations.add(id);
    }
    model.users.push({ actor, organizations });
  }
  return model;
}

/** The markers that may be seen in none of these organizations. */
export function markersOutside({ markers }: Model, organizations: ReadonlySet<number>): string[] {
  return [...markers].flatMap(([text, seen]) =>
    [...seen].some((id) => organizations.has(id)) ? [] : [text],
  );
}

/** The markers in a text that are outside, whatever their case. */
export function foundOutside(text: string, outside: readonly string[]): string[] {
  const folded = text.toLowerCase();
  return outside.filter((one) => folded.includes(one));
}
