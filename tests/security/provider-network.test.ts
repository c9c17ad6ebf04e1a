import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect, createServer as createProxy, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { HttpBrowser } from "#tests/support/http-browser.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

// How the portal reaches a provider: by the certificate of one's own authority, and through a proxy. See "Your provider" in
// docs/single-sign-on.md.

const TLS = "tests/data/tls";
const AUTHORITY = { NODE_EXTRA_CA_CERTS: `${TLS}/authority.pem` };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const pem = readFileSync(`${TLS}/provider.pem`);
/** A provider that describes itself, under the name that it was asked by. */
const provider = createServer({ key: pem, cert: pem }, (request, response) => {
  const issuer = `https://${request.headers.host}`;
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      ...{ jwks_uri: `${issuer}/keys`, response_types_supported: ["code"] },
      ...{ subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"] },
    }),
  );
});

/** Which hosts the proxy was asked for. It leads every name to this machine. */
const addresses: string[] = [];
const proxy = createProxy((client) => {
  client.once("data", (head) => {
    const [, host = "", port = ""] = /^CONNECT ([^ :]+):(\d+) HTTP/.exec(head.toString()) ?? [];
    addresses.push(host);
    const upstream = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
});

let port: number;
let proxyUrl: string;
beforeAll(async () => {
  port = await listen(provider);
  proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
  proxy.close();
});

let portal: TestServer | undefined;
afterEach(async () => {
  await portal?.stop();
  portal = undefined;
  addresses.length = 0;
});

/** Where "Sign in with …" leads: to the provider, or back with a problem. */
async function signIn(host: string, environment: Record<string, string>): Promise<string> {
  portal = await startServer({
    environment: {
      ...{ APP_URL: "https://portal.example.test", OIDC_ISSUER: `https://${host}:${port}` },
      ...{ OIDC_CLIENT_ID: "bursar", OIDC_CLIENT_SECRET: "secret" },
      ...environment,
    },
  });
  const answer = await new HttpBrowser(portal.url).send("/sign-in/single-sign-on", {
    headers: { "sec-fetch-site": "same-origin" },
  });
  return answer.headers.location ?? "";
}

it("reaches a provider whose certificate is of one's own authority with NODE_EXTRA_CA_CERTS", async () => {
  expect(await signIn("127.0.0.1", AUTHORITY)).toContain(`https://127.0.0.1:${port}/authorize?`);
});

it("does not reach it without", async () => {
  expect(await signIn("127.0.0.1", {})).toContain("problem=unreachable");
  const line = await eventually(
    "the log",
    () => /.*single sign-on failed.*/.exec(portal?.output() ?? "")?.[0],
  );
  expect(line).toContain("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
});

it("goes through HTTPS_PROXY with NODE_USE_ENV_PROXY, but not to what NO_PROXY names", async () => {
  const proxied = { ...AUTHORITY, NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: proxyUrl };
  const location = await signIn("id.example.test", proxied);
  expect(location).toContain(`https://id.example.test:${port}/authorize?`);
  expect(addresses).toEqual(["id.example.test"]);
  await portal?.stop();
  addresses.length = 0;
  const direct = { ...proxied, NO_PROXY: "localhost,127.0.0.1" };
  expect(await signIn("127.0.0.1", direct)).toContain(`https://127.0.0.1:${port}/authorize?`);
  expect(addresses).toEqual([]);
});

it("ignores HTTPS_PROXY alone", async () => {
  expect(await signIn("id.example.test", { ...AUTHORITY, HTTPS_PROXY: proxyUrl })).toContain(
    "problem=unreachable",
  );
  expect(addresses).toEqual([]);
});

it("warns at start of a certificate that Node did not read, as one that is named in .env", async () => {
  expect(await signIn("127.0.0.1", { NODE_EXTRA_CA_CERTS: `${TLS}/none.pem` })).toContain(
    "problem=unreachable",
  );
  await expect.poll(() => portal?.output()).toContain("NODE_EXTRA_CA_CERTS has no effect");
});
