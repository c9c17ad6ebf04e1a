import { write } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { updateCreditType } from "#lib/credit-types/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { credits, operator, requestId, spend, value } from "#tests/support/builders.ts";
import type { Made } from "./expectations.ts";

/** Would run where a text is taken for HTML, an attribute, a script's text or an address. */
export const HOSTILE = `x"'><img src=x onerror=alert(1) data-owned><script data-owned>alert(2)</script></title></script><svg/onload=alert(3) data-owned>`;
export const IN_SCRIPT = `</script><script data-owned>alert(4)</script>'-alert(5)-'\\u003cimg src=x onerror=alert(6)>`;
export const ADDRESS = "javascript:alert(7)";
const FORMULAS = ['=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(A1)"];

/** Puts a hostile text into every field that a person or a file can fill, through the product's own commands. */
export async function addHostileData({ organization, creditType }: Made): Promise<void> {
  await updateSettings(
    { enterpriseName: HOSTILE.slice(0, 100), timeZone: "UTC", dateFormat: "DD/MM/YYYY" },
    operator,
  );
  value(
    await updateCreditType(
      { id: creditType, name: IN_SCRIPT.slice(0, 100), exchangeRate: 1_000_000n },
      operator,
    ),
  );
  value(
    await updateOrganization(
      { id: organization, name: HOSTILE.slice(0, 200), monthlyAllowance: credits(1000) },
      operator,
    ),
  );
  const codes = ["<B-DATA-OWNED>", "'-ALERT(1)-'"];
  for (const [index, formula] of FORMULAS.entries()) {
    const input = { name: formula, code: codes[index] ?? `F-${index}`, creditType, monthlyAllowance: null };
    value(await createOrganization(input, operator));
  }
  const transfer = { organization, amount: credits(10) };
  const { entryId } = value(
    await allocateCredits({ ...transfer, note: HOSTILE.slice(0, 200), requestId: requestId() }, operator),
  );
  value(await reverseEntry({ entry: entryId, note: IN_SCRIPT, requestId: requestId() }, operator));
  value(
    await purchaseCredits(
      { creditType, amount: credits(1), note: FORMULAS[0] ?? null, requestId: requestId() },
      operator,
    ),
  );
  await write((tx) =>
    insertMemberships(
      tx,
      [HOSTILE.slice(0, 200), ...FORMULAS].map((name, index) => ({
        organizationId: organization,
        name,
        email: `m'onfocus=alert-${index}@example.edu`,
        role: "creator" as const,
        active: true,
        allowance: "organization" as const,
        monthlyAllowance: null,
      })),
      operator,
    ),
  );
  for (const application of [HOSTILE.slice(0, 60), IN_SCRIPT.slice(0, 60), ADDRESS, ...FORMULAS]) {
    const outcome = await spend({
      id: `${application}-id`,
      application,
      metadata: JSON.stringify({ [HOSTILE]: IN_SCRIPT, constructor: HOSTILE, link: ADDRESS }),
    });
    if (!outcome.ok) throw new Error(outcome.message);
  }
  await saveRefusals(
    [HOSTILE, IN_SCRIPT, ADDRESS, ...FORMULAS].map((text) => ({
      at: Date.now(),
      lastAt: Date.now(),
      apiKeyId: null,
      keyOrganizationId: null,
      organization: text.slice(0, 50),
      member: text.slice(0, 200),
      application: text.slice(0, 100),
      request: "event",
      code: "organization_not_found",
      amount: credits(1),
      remaining: null,
      requests: 1,
    })),
  );
  value(await createApiKey({ organization, name: HOSTILE.slice(0, 100), expires: null }, operator));
  value(await createPortalUser({ email: "u'onmouseover=alert-1'@example.edu", role: "viewer" }, operator));
}
