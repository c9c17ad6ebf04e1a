import { expect, it } from "vitest";
import { write } from "#db/client.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import { listRecipients } from "#lib/mail/recipients.ts";
import { setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { insertUser } from "#lib/portal-users/commands/records.ts";
import { aPortalUser, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const number = (n: number) => String(n).padStart(3, "0");

it("lists everybody who can get mails on pages of 50, by email, and shows the last one past its end", async () => {
  const last = await aPortalUser("owner", "zoe@example.edu");
  const disabled = await aPortalUser("viewer", "absent@example.edu");
  value(await setPortalUserDisabled({ id: disabled.id, disabled: true }, operator));
  await write((tx) => {
    for (let n = 1; n <= 520; n++) insertUser(tx, `User${number(n)}@Example.edu`, null);
  });
  value(await setMailPreference({ portalUser: last.id, events: [], frequency: "daily" }, operator));

  const first = listRecipients(1);
  expect(first).toMatchObject({ total: 521, more: false, page: 1, pages: 11 });
  expect(first.items).toHaveLength(50);
  expect(first.items[0]).toMatchObject({ email: "User001@Example.edu", role: null, isSet: false });
  expect(listRecipients(2).items[0]?.email).toBe("User051@Example.edu");
  expect(listRecipients(99)).toMatchObject({ page: 11, total: 521 });
  expect(listRecipients(11).items.at(-1)).toEqual({
    ...{ id: last.id, email: "zoe@example.edu", role: "owner", isSet: true },
    preference: { events: [], frequency: "daily" },
  });
  const all = Array.from({ length: 11 }, (_, at) => listRecipients(at + 1).items).flat();
  expect(new Set(all.map(({ id }) => id)).size).toBe(521);
});
