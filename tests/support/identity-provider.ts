import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import Provider, { type KoaContextWithOIDC } from "oidc-provider";
import { freePort } from "./server.ts";

export const CLIENT_ID = "bursar";
export const CLIENT_SECRET = "the-client-secret-of-bursar-at-the-provider";

const KEY_ID = "key-1";

/** The provider's claims about a person, beside `sub`. */
export type Claims = Record<string, unknown>;

export type IdentityProvider = {
  issuer: string;
  /** By subject; a test adds and changes as it likes. */
  people: Map<string, Claims>;
  /**
   * Changes the ID token's claims before it is signed again, signs it with a key that nobody published, or answers
   * UserInfo with this status.
   */
  tamper: { claims?: (claims: Claims) => Claims; foreignKey?: boolean; userInfoStatus?: number };
  stop: () => Promise<void>;
};

/** A JSON Web Token by RS256. */
function signed(claims: Claims, key: KeyObject): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "RS256", kid: KEY_ID })}.${part(claims)}`;
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), key).toString("base64url")}`;
}

/** The real `oidc-provider` on loopback, with a login page of one field: the subject. */
export async function startIdentityProvider(redirectUris: readonly string[]): Promise<IdentityProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const people = new Map<string, Claims>();
  const tamper: IdentityProvider["tamper"] = {};
  const [key, foreign] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  if (!key || !foreign) throw new Error("no keys");

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [...redirectUris],
        post_logout_redirect_uris: redirectUris.map((uri) => new URL("/sign-in/signed-out", uri).href),
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...key.export({ format: "jwk" }), kid: KEY_ID, use: "sig", alg: "RS256" } as never] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], roles: ["roles", "realm_access"] },
    scopes: ["openid", "email", "roles"],
    cookies: { keys: ["a key of the test's provider"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/login/${interaction.uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...people.get(sub) }),
    }),
    // Every consent is given automatically.
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new context.oidc.provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope("openid email roles");
      await grant.save();
      return grant;
    },
  });

  provider.use(async (context: KoaContextWithOIDC, next) => {
    const uid = /^\/login\/([\w-]+)$/.exec(context.path)?.[1];
    if (uid && context.method === "GET") {
      context.type = "html";
      context.body = `<link rel="icon" href="data:,"><form method="post"><label>Who <input name="who"></label><button>Continue</button></form>`;
      return;
    }
    if (uid) {
      let body = "";
      for await (const piece of context.req) body += piece;
      const who = new URLSearchParams(body).get("who") ?? "";
      const result = people.has(who)
        ? { login: { accountId: who, remember: false } }
        : { error: "access_denied", error_description: "cancelled" };
      await provider.interactionFinished(context.req, context.res, result, {
        mergeWithLastSubmission: false,
      });
      context.respond = false;
      return;
    }
    if (context.path === "/me" && tamper.userInfoStatus !== undefined) {
      context.status = tamper.userInfoStatus;
      return;
    }
    await next();
    const answer = context.body as { id_token?: string } | undefined;
    if (context.path === "/token" && answer?.id_token && (tamper.claims || tamper.foreignKey)) {
      const payload = answer.id_token.split(".")[1] ?? "";
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Claims;
      const told = tamper.claims ? tamper.claims(claims) : claims;
      answer.id_token = signed(told, tamper.foreignKey ? foreign : key);
    }
  });

  const server: Server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    people,
    tamper,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
