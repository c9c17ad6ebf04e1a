import { expect, it } from "vitest";
import { scopeWords } from "#components/ui/scope-words.ts";

it("names a part of the enterprise by its organizations, and the whole not at all", () => {
  expect(scopeWords({ size: 0 })).toBe("in your 0 organizations");
  expect(scopeWords({ size: 1 })).toBe("in your organization");
  expect(scopeWords({ size: 1_200 })).toBe("in your 1,200 organizations");
  expect(scopeWords(null)).toBeNull();
});
