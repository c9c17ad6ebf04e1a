import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays } from "#lib/calendar.ts";
import { OLDEST } from "#lib/keyset.ts";
import { GROUPINGS, ROW_CHOICES } from "#lib/transactions/rules/grouping.ts";
import { PER_CHOICES, PERIODS } from "#lib/transactions/rules/periods.ts";
import {
  transactionsSearchParams as codec,
  KIND_CHOICES,
  modelParamText,
  readModel,
  TABS,
  transactionsHref,
} from "#lib/transactions/search-params.ts";

describe("the list's URL", () => {
  it("contains everything that the page shows", () => {
    const query =
      "?tab=spending&period=this-month&from=2026-11-01&to=2026-11-24&organization=MKT&member=7&application=2&kind=spend&type=3&tag=faculty:arts&tag=site:lyon&only=faculty&externalId=Req-7&model=gpt-4o&key=9&before=1763978400000.12&by=tag:faculty&per=week&rows=100";
    const view = codec.decode(new URLSearchParams(query));
    expect(view).toEqual({
      tab: "spending",
      period: "this-month",
      from: 20_261_101,
      to: 20_261_124,
      organization: "MKT",
      member: "7",
      application: 2,
      kind: "spend",
      type: 3,
      tag: ["faculty:arts", "site:lyon"],
      only: "faculty",
      externalId: "Req-7",
      model: "gpt-4o",
      key: 9,
      before: { at: 1_763_978_400_000, id: 12 },
      after: null,
      by: "tag:faculty",
      per: "week",
      rows: "100",
    });
    expect(codec.encode(view)).toBe(query);
  });

  it.each([
    { tab: "splits" },
    { period: "yesterday" },
    { period: "2026-13" },
    { period: "2026-q5" },
    { period: "1969-12" },
    { by: "faculty" },
    { by: "tag:" },
    { by: "tag:a:b" },
    { by: 'tag:"><b>' },
    { by: `tag:${"x".repeat(41)}` },
    { per: "year" },
    { rows: "21" },
    { from: "2026-02-30" },
    { to: "24/11/2026" },
    { application: "  " },
    { kind: "gift" },
    { kind: "__proto__" },
    { type: "x" },
    { before: "12" },
    { before: "1e9.1" },
    { after: "1.0" },
    { key: "nobody" },
    { key: "None" },
    { after: "99999999999999999.1" },
    { organization: "  " },
  ])("falls back to defaults for %j", (raw) => {
    expect(codec.decode(raw)).toEqual(codec.defaults);
  });

  it.each([
    ["7", 7],
    [" 7 ", 7],
    ["007", "007"],
    ["-1", "-1"],
    ["1234567890123456", "1234567890123456"],
    [" Essay coach ", "Essay coach"],
    ["é".repeat(101), "é".repeat(100)],
  ])("has an application by its id or its name: %j", (application, value) => {
    expect(codec.decode({ application }).application).toBe(value);
  });

  it("has what no key reported, and what was spent without a model", () => {
    const view = codec.decode({ model: "none", key: "none" });
    expect(view).toEqual({ ...codec.defaults, model: "none", key: "none" });
    expect(codec.encode(view)).toBe("?model=none&key=none");
  });

  it.each([
    ["", { model: null, noModel: false }],
    ["none", { model: null, noModel: true }],
    ["None", { model: "None", noModel: false }],
    ['"none"', { model: "none", noModel: false }],
    ['""none""', { model: '"none"', noModel: false }],
    ['"none', { model: '"none', noModel: false }],
    ['""gpt""', { model: '"gpt"', noModel: false }],
    ['" gpt"', { model: " gpt", noModel: false }],
    ['"gpt "', { model: "gpt ", noModel: false }],
    ['""', { model: '""', noModel: false }],
    ['"""""', { model: '"""', noModel: false }],
  ])("has the model by its exact name, and none by the word: %j", (text, expected) => {
    expect(readModel(text)).toEqual(expected);
    if (expected.model !== null) expect(modelParamText(expected.model)).toBe(text);
  });

  it.each(["", "m".repeat(201), `${"m".repeat(199)} `, "\u{FFFD}"])("cannot have the model %j", (model) => {
    expect(modelParamText(model)).toBeNull();
  });

  it.each(["m".repeat(200), "\u{1F600}".repeat(200)])("can have the model %j", (model) => {
    const text = modelParamText(model) ?? "";
    expect(readModel(codec.decode({ model: text }).model)).toEqual({ model, noModel: false });
  });

  it("has a model without outer spaces also in quotation marks", () => {
    expect(readModel('"gpt"')).toEqual({ model: "gpt", noModel: false });
  });

  it("starts at the newest entries on any change of a filter", () => {
    const view = { ...codec.defaults, before: { at: 5, id: 6 } };
    expect(transactionsHref(view, { kind: "spend" })).toBe("/transactions?kind=spend");
    expect(transactionsHref(view, { after: OLDEST })).toBe("/transactions?after=0");
    expect(transactionsHref(view, {}, "/organizations/A/transactions")).toBe("/organizations/A/transactions");
  });

  it("comes back the same from every view", () => {
    const id = fc.option(fc.integer({ min: 1, max: 1e9 }));
    const day = fc.option(fc.nat({ max: 60_000 }).map((days) => addDays(19_700_101, days)));
    const cursor = fc.option(
      fc.oneof(
        fc.constant(OLDEST),
        fc.record({ at: fc.integer({ min: -1e14, max: 1e14 }), id: fc.integer({ min: 1, max: 1e14 }) }),
      ),
    );
    const text = (maxLength: number) =>
      fc.string({ unit: "grapheme", maxLength: Math.floor(maxLength / 20) }).map((one) => one.trim());
    const view = fc.record({
      tab: fc.constantFrom(...TABS),
      period: fc.constantFrom(...PERIODS, "2026-10" as const, "2026-q3" as const),
      from: day,
      to: day,
      organization: text(100),
      member: text(254),
      application: id,
      kind: fc.constantFrom(...KIND_CHOICES),
      type: id,
      tag: fc.constantFrom([], ["faculty:arts"], ["faculty:arts", "site:lyon"]),
      only: fc.option(fc.constantFrom("faculty", "部門")),
      externalId: text(200),
      model: text(200),
      key: id,
      before: cursor,
      after: cursor,
      by: fc.option(fc.constantFrom(...GROUPINGS, "tag:faculty" as const, "tag:部門" as const)),
      per: fc.constantFrom(...PER_CHOICES),
      rows: fc.constantFrom(...ROW_CHOICES),
    });
    fc.assert(
      fc.property(view, (original) => {
        expect(codec.decode(new URLSearchParams(codec.encode(original)))).toEqual(original);
      }),
    );
  });
});
