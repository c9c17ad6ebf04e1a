import type { IncomingHttpHeaders } from "node:http";
import { expect, it } from "vitest";
import { setSecurityHeaders } from "#lib/server/security-headers.ts";

it("gives every page a nonce of its own, and every other answer a policy under which nothing runs", () => {
  const policyOf = (url: string) => {
    const request = { url, headers: {} as IncomingHttpHeaders };
    const headerValues = new Map<string, unknown>();
    const response = {
      setHeader(name: string, value: unknown) {
        headerValues.set(name, value);
        return this as never;
      },
    };
    setSecurityHeaders(request, response);
    return {
      answered: String(headerValues.get("Content-Security-Policy")),
      told: request.headers["content-security-policy"],
    };
  };
  const first = policyOf("/organizations?q=/api/");
  const second = policyOf("/organizations");
  expect(first.answered).toMatch(/script-src 'self' 'nonce-[\w+/]{22}==' 'strict-dynamic';/);
  expect(first.told).toBe(first.answered);
  expect(second.answered).not.toBe(first.answered);
  for (const url of ["/api/v1/usage", "/api/health/live", "/_next/static/a.js"]) {
    expect(policyOf(url)).toEqual({
      answered: expect.stringContaining("default-src 'none'"),
      told: undefined,
    });
  }
});
