import { randomUUID } from "node:crypto";
import { MoveCredits } from "#components/ledger/move-credits.tsx";
import { getCreditType } from "#lib/credit-types/queries.ts";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { organizationPath } from "../code.ts";
import { addCreditsAction, returnCreditsAction } from "./actions.ts";
import { addIntroduction, moveFigures, returnIntroduction } from "./figures.ts";

/** "Add credits" and "Return credits", as dialogs over the page. */
export function CreditButtons({
  scope,
  organization,
  back,
}: {
  scope: Scope;
  organization: OrganizationDetail;
  /** The page that they are on. */
  back: string;
}) {
  const path = organizationPath(organization.code);
  const query = back === path ? "" : `?${new URLSearchParams({ back })}`;
  const available = getCreditType(scope, organization.creditTypeId)?.available ?? 0n;
  const form = { target: organization.id, back, figures: moveFigures(organization, available) };
  return (
    <>
      <MoveCredits
        href={`${path}/credits/add${query}`}
        kind="allocation"
        title={`Add credits to ${organization.name}`}
        subject={organization.name}
        form={{
          ...form,
          requestId: randomUUID(),
          introduction: addIntroduction(organization, available),
          action: addCreditsAction,
        }}
      />
      <MoveCredits
        href={`${path}/credits/return${query}`}
        kind="return"
        title={`Return credits from ${organization.name}`}
        subject={organization.name}
        form={{
          ...form,
          requestId: randomUUID(),
          introduction: returnIntroduction(organization),
          action: returnCreditsAction,
        }}
      />
    </>
  );
}
