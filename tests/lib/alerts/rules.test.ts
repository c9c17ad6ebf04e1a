import { describe, expect, test } from "vitest";
import {
  aboveLastMonth,
  belowAmount,
  belowShare,
  fromNumber,
  fromShare,
  MAX_FIGURE,
  medianOf,
  shareOf,
  sharesCrossed,
  stateOf,
  storable,
  unusualSpend,
} from "#lib/alerts/rules/conditions.ts";
import {
  acknowledgeInput,
  createRuleInput,
  muteInput,
  readThreshold,
  ruleFormValues,
  thresholdHint,
  thresholdRange,
  updateRuleInput,
} from "#lib/alerts/rules/inputs.ts";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { ALERT_KIND_NAMES, type AlertKind, isAlertKind } from "#lib/alerts/rules/kinds.ts";
import { figuresText, KIND_LABELS, ruleText, subjectText } from "#lib/alerts/rules/words.ts";
import { credits } from "#tests/support/builders.ts";

describe("a comparison", () => {
  test("is crossed below its limit, clear from five points above it, and nothing between", () => {
    expect(belowAmount(5n, 100n)).toEqual({ value: 5n, side: "below", limit: 100n, clear: 105n, base: null });
    expect([99n, 100n, 104n, 105n].map((value) => stateOf(belowAmount(value, 100n)))).toEqual([
      "crossed",
      "between",
      "between",
      "clear",
    ]);
  });

  test("is crossed from its limit on, and clear below five points less", () => {
    expect(fromNumber(5n, 100n)).toEqual({ value: 5n, side: "from", limit: 100n, clear: 95n, base: null });
    expect([94n, 95n, 99n, 100n].map((value) => stateOf(fromNumber(value, 100n)))).toEqual([
      "clear",
      "between",
      "between",
      "crossed",
    ]);
  });

  test("with a small limit is clear one above it", () => {
    expect([1n, 2n, 20n].map((limit) => belowAmount(0n, limit).clear)).toEqual([2n, 3n, 21n]);
    expect(belowAmount(0n, 0n).clear).toBe(1n);
  });

  test("with a share has it rounded up", () => {
    const base = 1_001n;
    expect(belowShare(7n, base, 20n)).toEqual({ value: 7n, side: "below", limit: 201n, clear: 251n, base });
    expect(fromShare(7n, base, 80n)).toEqual({ value: 7n, side: "from", limit: 801n, clear: 751n, base });
    expect(aboveLastMonth(7n, 200n, 50n)).toEqual({
      value: 7n,
      side: "from",
      limit: 300n,
      clear: 290n,
      base: 200n,
    });
  });

  test("goes no further than SQLite's integers", () => {
    expect(MAX_FIGURE).toBe(9_223_372_036_854_775_807n);
    expect([MAX_FIGURE - 1n, MAX_FIGURE, MAX_FIGURE + 1n].map(storable)).toEqual([
      9_223_372_036_854_775_806n,
      9_223_372_036_854_775_807n,
      9_223_372_036_854_775_807n,
    ]);
    expect([shareOf(0n, 50n), shareOf(1n, 1n), shareOf(100n, 1n), shareOf(MAX_FIGURE, 101n)]).toEqual([
      0n,
      1n,
      1n,
      MAX_FIGURE,
    ]);
  });
});

test("the shares that a sum crosses", () => {
  const of = (before: bigint, after: bigint) => sharesCrossed([80n, 100n], before, after, 1_000n);
  expect([of(0n, 799n), of(799n, 800n), of(800n, 999n), of(799n, 1_000n), of(1_000n, 2_000n)]).toEqual([
    [],
    [80n],
    [],
    [80n, 100n],
    [],
  ]);
});

test("the median", () => {
  expect([[], [7n], [9n, 1n], [10n, 9n, 2n], [4n, 10n, 1n, 2n]].map(medianOf)).toEqual([0n, 7n, 5n, 9n, 3n]);
});

describe("an unusual day", () => {
  const week = (...spent: number[]) => spent.map(credits);

  test("has its limit six deviations above the median", () => {
    // The median is 100, the deviations from it are 0, 0, 10, 10, 20, 20, 30, 40: their median is 15 × 1.4826 = 22.239.
    const before = week(100, 100, 110, 90, 120, 80, 130, 60);
    const comparison = unusualSpend(credits(200), before, 6n);
    expect(comparison).toEqual({
      value: credits(200),
      side: "from",
      limit: 233_434_000n,
      clear: 221_762_300n,
      base: credits(100),
    });
  });

  test("has a tenth of the median as the least deviation, and 10 credits as the least limit", () => {
    expect(unusualSpend(0n, week(100, 100, 100, 100), 3n)?.limit).toBe(credits(130));
    expect(unusualSpend(0n, week(1, 1, 1, 1), 3n)?.limit).toBe(credits(10));
  });

  test("needs spending in four of the weeks before", () => {
    expect(unusualSpend(credits(500), week(0, 0, 0, 0, 0, 1, 1, 1), 3n)).toBeNull();
    expect(unusualSpend(credits(500), week(0, 0, 0, 0, 1, 1, 1, 1), 3n)?.limit).toBe(credits(10));
  });
});

describe("a threshold", () => {
  const read = (kind: AlertKind, text: string) => {
    const reading = readThreshold(kind, text);
    return reading.ok ? reading.value : reading.message;
  };

  test("is read in the unit of its kind", () => {
    expect(read("balance_amount", " 1,000.5 ")).toBe(1_000_500_000n);
    expect(read("balance_amount", "0")).toBe("Must be more than 0.");
    expect(read("balance_amount", "x")).toBe("Enter a number, such as 1000 or 0.5.");
    expect([read("balance_share", "1"), read("balance_share", " 100 ")]).toEqual([1n, 100n]);
    for (const text of ["0", "101", "1.5", "-1", "", "x", "1x", "x1"]) {
      expect(read("balance_share", text)).toBe("Enter a whole number of percent from 1 to 100.");
    }
    expect([read("refusals", "1000000"), read("refusals", "999999999")]).toEqual([
      1_000_000n,
      "Enter a whole number of requests from 1 to 1000000.",
    ]);
    expect(read("verify_failed", "whatever")).toBe(0n);
  });

  test("is explained under its field", () => {
    expect(ALERT_KIND_NAMES.map(thresholdHint)).toEqual([
      "An amount of credits above 0.",
      "A whole number of percent from 1 to 100.",
      "A whole number of days from 1 to 365. At the pace of the last 30 days.",
      "An amount of credits above 0.",
      "A whole number of percent from 1 to 100.",
      "A whole number of days from 1 to 365. At the pace of the last 30 days.",
      "A whole number of percent from 5 to 10000. How far a month is above the month before.",
      "A whole number of percent from 6 to 100.",
      "A whole number of requests from 1 to 1000000.",
      "A whole number of deviations from 3 to 100. Compared with the same weekday of the last eight weeks: how many deviations a day is above their median.",
      "A whole number of days from 1 to 365.",
      "A whole number of days from 1 to 3650. Counted from the last use, or from its creation.",
      "A whole number of hours from 1 to 8760.",
      "A whole number of days from 1 to 365.",
      "This needs no threshold.",
      "This needs no threshold.",
    ]);
    expect(thresholdRange("pool_amount")).toBe("an amount of credits above 0");
  });

  test("is shown in its form as it is typed", () => {
    const enabled = true;
    expect(ruleFormValues({ kind: "pool_amount", threshold: 1_500_000n, enabled })).toEqual({
      threshold: "1.5",
      enabled: "on",
    });
    expect(ruleFormValues({ kind: "pool_share", threshold: 15n, enabled: false })).toEqual({
      threshold: "15",
      enabled: "off",
    });
    expect(ruleFormValues({ kind: "access_changed", threshold: 0n, enabled }).threshold).toBe("");
  });
});

describe("the form of a rule", () => {
  const faults = (input: object) =>
    createRuleInput.safeParse(input).error?.issues.map(({ path, message }) => [path.join("."), message]);

  test("is for everything, an organization or a tag", () => {
    expect(createRuleInput.parse({ kind: "refusals", threshold: "7" })).toEqual({
      kind: "refusals",
      threshold: 7n,
      organization: null,
      tag: null,
    });
    const law = { kind: "balance_share", threshold: "20", organization: " LAW " };
    expect(createRuleInput.parse(law)).toMatchObject({ organization: "LAW", tag: null });
    const tagged = { kind: "balance_share", threshold: "20", tag: " Faculty:Law " };
    expect(createRuleInput.parse(tagged)).toMatchObject({ organization: null, tag: "faculty:law" });
    expect(createRuleInput.parse({ kind: "verify_failed" })).toMatchObject({ threshold: 0n });
  });

  test("names its fault at the field", () => {
    const rule = { kind: "balance_share", threshold: "20" };
    expect(faults({ ...rule, kind: "weather" })).toEqual([["kind", "Choose what to watch."]]);
    expect(faults({ ...rule, threshold: "" })).toEqual([
      ["threshold", "Enter a whole number of percent from 1 to 100."],
    ]);
    expect(faults({ ...rule, organization: "LAW", tag: "faculty:law" })).toEqual([
      ["tag", "Name an organization or a tag, not both."],
    ]);
    const whole = "This is about the whole enterprise. Leave it empty.";
    const ofPool = { kind: "pool_share", threshold: "20" };
    expect(faults({ ...ofPool, organization: "LAW" })).toEqual([["organization", whole]]);
    expect(faults({ ...ofPool, tag: "faculty:law" })).toEqual([["tag", whole]]);
    expect(faults({ ...rule, tag: "faculty" })?.map(([path]) => path)).toEqual(["tag"]);
    expect(faults({ ...rule, threshold: "1".repeat(101) })?.map(([path]) => path)).toEqual(["threshold"]);
  });

  test("of a rule that exists has its switch", () => {
    expect(updateRuleInput.parse({ id: "3", enabled: "off" })).toEqual({
      id: 3,
      threshold: "",
      enabled: "off",
    });
    expect(updateRuleInput.safeParse({ id: "3" }).error?.issues[0]?.message).toBe("Choose whether it is on.");
  });

  test("of the list mutes one rule, or acknowledges alerts that were selected", () => {
    expect(muteInput.parse({ mute: "4" })).toEqual({ rule: 4, muted: true });
    expect(muteInput.parse({ unmute: "4" })).toEqual({ rule: 4, muted: false });
    expect(muteInput.safeParse({}).error?.issues).toMatchObject([
      { path: ["form"], message: "Unknown rule." },
    ]);
    expect(acknowledgeInput.parse({ ids: "1,2" })).toEqual({ ids: [1, 2] });
    expect(acknowledgeInput.safeParse({ ids: "" }).error?.issues).toMatchObject([
      { path: ["form"], message: "Select alerts from the list." },
    ]);
  });
});

describe("the words", () => {
  const item = (kind: AlertKind, change: Partial<AlertItem> = {}): AlertItem => ({
    ...{
      id: 1,
      ruleId: 1,
      kind,
      threshold: 0n,
      state: "open",
      value: 0n,
      worth: null,
      baseWorth: null,
      limit: null,
      base: null,
      period: 0,
    },
    ...{
      openedAt: new Date(0),
      acknowledgedAt: null,
      acknowledgedBy: null,
      resolvedAt: null,
      resolution: null,
    },
    ...{
      subject: "portal:0",
      organization: null,
      creditType: null,
      member: null,
      apiKey: null,
      change: null,
    },
    ...change,
  });

  test("of each kind and its rule", () => {
    const rules: Record<AlertKind, bigint[]> = {
      balance_amount: [1_000_000n, credits(2_000)],
      balance_share: [20n],
      balance_days: [1n, 14n],
      pool_amount: [1_500_000n],
      pool_share: [10n],
      pool_days: [30n],
      month_growth: [50n],
      allowance_share: [80n, 100n],
      refusals: [1n, 2_000n],
      unusual_spend: [6n],
      key_expiring: [14n],
      key_unused: [1n],
      backup_age: [1n, 26n],
      verify_age: [8n],
      verify_failed: [0n],
      access_changed: [0n],
    };
    const lines = ALERT_KIND_NAMES.flatMap((kind) =>
      rules[kind].map((threshold) => `${KIND_LABELS[kind]}: ${ruleText({ kind, threshold })}`),
    );
    expect(lines).toEqual([
      "Balance below an amount: Balance below 1 credit",
      "Balance below an amount: Balance below 2,000 credits",
      "Balance below a share of the last allocation: Balance below 20% of the last allocation",
      "Balance runs out soon: Balance lasts less than 1 day",
      "Balance runs out soon: Balance lasts less than 14 days",
      "Pool below an amount: Pool below 1.5 credits",
      "Pool below a share of the last purchase: Pool below 10% of the last purchase",
      "Pool runs out soon: Pool lasts less than 30 days",
      "Month far above last month: Month 50% or more above last month",
      "Allowance used: 80% of an allowance used",
      "Allowance used: Whole allowance used",
      "Many refusals: More than 1 refusal an hour",
      "Many refusals: More than 2,000 refusals an hour",
      "Unusual spending: Day 6 deviations above usual spending",
      "API key expires soon: API key expires within 14 days",
      "API key not used: API key not used for 1 day",
      "Backup too old: No backup for 1 hour",
      "Backup too old: No backup for 26 hours",
      "Data check too old: Data not verified for 8 days",
      "Data check failed: The data check found faults",
      "Access changed: A role or access was changed",
    ]);
    expect([isAlertKind("refusals"), isAlertKind("toString")]).toEqual([true, false]);
  });

  test("of what the figures are worth", () => {
    const base = credits(1_000);
    const worth = "S$5.00";
    const baseWorth = "S$1,000.00";
    expect(
      [
        item("balance_amount", { value: credits(5), worth }),
        item("balance_share", { value: credits(5), worth, base, baseWorth }),
        item("pool_amount", { value: credits(5), worth }),
        item("pool_share", { value: credits(5), worth, base, baseWorth }),
        item("month_growth", { value: credits(5), worth, base, baseWorth, period: 202611 }),
        item("allowance_share", { value: credits(5), worth, base, baseWorth, period: 202611 }),
        item("unusual_spend", { value: credits(5), worth, base, baseWorth, period: 20261126 }),
      ].map(figuresText),
    ).toEqual([
      "5 credits (S$5.00) left",
      "5 credits (S$5.00) left; the last allocation was 1,000 credits (S$1,000.00)",
      "5 credits (S$5.00) available",
      "5 credits (S$5.00) available; the last purchase was 1,000 credits (S$1,000.00)",
      "5 credits (S$5.00) in Nov 2026, after 1,000 (S$1,000.00) the month before",
      "5 (S$5.00) of 1,000 credits (S$1,000.00) used in Nov 2026",
      "5 credits (S$5.00) on 26 Nov 2026; 1,000 (S$1,000.00) is usual for this weekday",
    ]);
  });

  test("of the figures", () => {
    const base = credits(1_000);
    expect(
      [
        item("balance_amount", { value: credits(5) }),
        item("balance_share", { value: credits(5), base }),
        item("balance_share", { value: credits(5) }),
        item("pool_amount", { value: credits(1) }),
        item("pool_share", { value: credits(5), base }),
        item("balance_days", { value: 0n }),
        item("pool_days", { value: 3n }),
        item("month_growth", { value: 1_500_400_000n, base, period: 202611 }),
        item("allowance_share", { value: credits(850), base, period: 202611 }),
        item("refusals", { value: 1n }),
        item("refusals", { value: 2_100n }),
        item("unusual_spend", { value: 233_500_000n, base, period: 20261126 }),
        item("key_expiring", { value: -1n }),
        item("key_expiring", { value: 0n }),
        item("key_expiring", { value: 1n }),
        item("key_unused", { value: 91n }),
        item("backup_age", { value: 71n }),
        item("backup_age", { value: 72n }),
        item("verify_age", { value: 9n }),
        item("verify_failed", { value: 1n }),
        item("verify_failed", { value: 1_200n }),
        item("access_changed"),
        item("access_changed", {
          change: { entry: 1, action: "portal_user.role_changed", label: "ana", actor: "Operator" },
        }),
        item("access_changed", { change: { entry: 1, action: "gone", label: "ana", actor: "Operator" } }),
      ].map(figuresText),
    ).toEqual([
      "5 credits left",
      "5 credits left; the last allocation was 1,000 credits",
      "5 credits left; the last allocation was 0 credits",
      "1 credit available",
      "5 credits available; the last purchase was 1,000 credits",
      "The credits last for less than a day at the pace of the last 30 days",
      "The credits last for 3 days at the pace of the last 30 days",
      "1,500 credits in Nov 2026, after 1,000 the month before",
      "850 of 1,000 credits used in Nov 2026",
      "1 request was refused within an hour",
      "2,100 requests were refused within an hour",
      "234 credits on 26 Nov 2026; 1,000 is usual for this weekday",
      "It expires today",
      "It expires today",
      "It expires in 1 day",
      "It was not used for 91 days",
      "No backup was made for 71 hours",
      "No backup was made for 3 days",
      "The data was not verified for 9 days",
      "verify found 1 fault",
      "verify found 1,200 faults",
      "The audit entry is missing",
      "Role changed, by Operator",
      "gone, by Operator",
    ]);
  });

  test("of what an alert is about", () => {
    const organization = { id: 1, code: "LAW", name: "Law" };
    const member = { id: 1, membershipId: 1, name: "Ana", email: "ana@example.edu" };
    expect(
      [
        item("refusals"),
        item("refusals", { organization }),
        item("allowance_share", { organization, member }),
        item("allowance_share", { member }),
        item("key_unused", { organization, apiKey: { id: 1, name: "Tutor" } }),
        item("pool_amount", { creditType: { id: 1, name: "JPY Credits" } }),
        item("access_changed", { change: { entry: 1, action: "x", label: "ana@example.edu", actor: "bo" } }),
      ].map(subjectText),
    ).toEqual([
      "The portal",
      "Law",
      "Ana in Law",
      "Ana in an organization",
      "Tutor",
      "JPY Credits",
      "ana@example.edu",
    ]);
  });
});
