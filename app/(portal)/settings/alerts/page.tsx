import type { Metadata } from "next";
import { RuleList } from "#components/alerts/rule-list.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { hasRole } from "#lib/actor.ts";
import { listRules } from "#lib/alerts/queries/rules.ts";
import { rulesSearchParams } from "#lib/alerts/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Alert rules" };

const PATH = "/settings/alerts";
const PAGE_SIZE = 100;

/** The rules that open alerts. */
export default async function AlertRulesPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const view = rulesSearchParams.decode(await searchParams);
  const user = await requireUser(PATH + rulesSearchParams.encode(view), "admin");
  const rows = listRules({ after: view.after ?? 0, limit: PAGE_SIZE + 1 });
  const rules = rows.slice(0, PAGE_SIZE);
  const last = rules.at(-1);
  return (
    <>
      <SettingsHeader tab="alerts" owner={hasRole(user.role, "owner")} />
      <Card className="grid max-w-3xl gap-4">
        <div className="flex flex-wrap items-start justify-between gap-3">
          <p className="max-w-xl text-muted">
            Each rule opens an alert when its threshold is crossed, once for each organization, member or pool
            and period. All rules that apply count.
          </p>
          <SoftLink href={`${PATH}/new`} className={buttonClass()}>
            New rule
          </SoftLink>
        </div>
        {rules.length > 0 && <RuleList rules={rules} />}
        {(view.after !== null || rows.length > PAGE_SIZE) && (
          <div className="flex gap-2">
            {view.after !== null && (
              <SoftLink href={PATH} className={buttonClass()}>
                First page
              </SoftLink>
            )}
            {last && rows.length > PAGE_SIZE && (
              <SoftLink href={PATH + rulesSearchParams.encode({ after: last.id })} className={buttonClass()}>
                Next page
              </SoftLink>
            )}
          </div>
        )}
      </Card>
    </>
  );
}
