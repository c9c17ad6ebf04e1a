import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { beginAtIssuer, signOutAtIssuer } from "#lib/single-sign-on/issuer.ts";

/** A provider that only describes itself, and counts how often it is asked to. */
async function startDescription(extra: Record<string, unknown> = {}) {
  const asked = { count: 0 };
  const server = createServer((_request, response) => {
    asked.count += 1;
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    response.setHeader("content-type", "application/json");
    const description = {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      ...extra,
    };
    response.end(JSON.stringify(description));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const settings = {
    issuer: new URL(`http://127.0.0.1:${port}`),
    clientId: "bursar",
    clientSecret: "secret",
    scopes: "openid email",
    name: "Campus ID",
    roles: null,
    grantClaim: null,
    createsUsers: false,
    trustsEmail: false,
  };
  return { asked, settings };
}

it("asks for the provider's description once, however many start, and turns a flood away", async () => {
  const { asked, settings } = await startDescription();
  const starts = await Promise.all(
    Array.from({ length: 200 }, () => beginAtIssuer(settings, "https://portal.example.edu/callback")),
  );
  const codes = starts.map((start) => (start.ok ? "started" : start.code));
  expect(codes.filter((code) => code === "started")).toHaveLength(20);
  expect(codes.filter((code) => code === "busy")).toHaveLength(180);
  expect(asked.count).toBe(1);
  expect(
    await beginAtIssuer(settings, "https://portal.example.edu/callback", { loginHint: "ana" }),
  ).toMatchObject({
    ok: true,
  });
  expect(asked.count).toBe(1);
});

it("asks the provider to check a person again who confirms who they are", async () => {
  const { settings } = await startDescription();
  const parameter = async (options: Parameters<typeof beginAtIssuer>[2]) => {
    const begun = await beginAtIssuer(settings, "https://portal.example.edu/callback", options);
    return begun.ok && begun.value.url.searchParams.get("max_age");
  };
  expect(await parameter({ maxAgeSeconds: 300 })).toBe("300");
  expect(await parameter({})).toBeNull();
});

it("redirects to the provider's sign-out, and reports when there is none", async () => {
  const none = await startDescription();
  expect(await signOutAtIssuer(none.settings, "https://portal.example.edu/sign-in/signed-out")).toMatchObject(
    {
      code: "no_sign_out",
    },
  );
  const some = await startDescription({ end_session_endpoint: "http://127.0.0.1:1/end" });
  const address = await signOutAtIssuer(some.settings, "https://portal.example.edu/sign-in/signed-out");
  expect(address.ok && address.value.href).toBe(
    "http://127.0.0.1:1/end?post_logout_redirect_uri=https%3A%2F%2Fportal.example.edu%2Fsign-in%2Fsigned-out&client_id=bursar",
  );
});
