import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { OrganizationCards } from "#components/organizations/organization-cards.tsx";
import { packRows } from "#components/organizations/packed-rows.ts";
import { ReferenceCard } from "./reference/app/cards/card.tsx";

const card = {
  id: "7",
  name: "Faculty of Law",
  code: "EX-7",
  members: "26",
  balance: "277,452.123119",
  spent: "4.876881",
};

/** Sorts attributes, because their order has no meaning. */
function tidy(markup: string): string {
  return markup
    .replace(/ data-soft=""/g, "")
    .replace(
      /<(\w+)((?: [\w-]+="[^"]*")+)/g,
      (_tag, name: string, attributes: string) =>
        `<${name} ${(attributes.match(/[\w-]+="[^"]*"/g) ?? []).sort().join(" ")}`,
    );
}

it("is held against the very markup of the product's card", () => {
  const ours = renderToStaticMarkup(
    <OrganizationCards
      mayChange
      back="/organizations"
      rows={packRows([
        {
          ...card,
          id: 7,
          active: true,
          createdAt: Date.parse("2025-11-24T21:49:14.597Z"),
          created: "24/11/2025",
          worth: "S$2,774.52",
          spent30: "1.5",
          runsOut: "729 days",
          runsOutOn: "24/11/2028",
          creditType: "Global Credits",
          allowance: "500 credits",
          tags: [],
        },
      ])}
    />,
  );
  const theirs = renderToStaticMarkup(<ReferenceCard {...card} />);
  expect(tidy(/<article.*<\/article>/.exec(ours)?.[0] ?? "")).toBe(tidy(theirs));
});
