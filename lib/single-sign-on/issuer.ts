import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { log } from "#lib/log.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { type Claims, claimAt, type SignInRefusal } from "./rules.ts";
import type { SingleSignOn } from "./settings.ts";

/** What one sign-in must find again when the provider sends the browser back. */
export type Checks = { state: string; nonce: string; verifier: string };

const TIMEOUT_SECONDS = 10;
/** How long the provider's description of itself is believed without asking again. */
const DESCRIPTION_MS = 3600 * 1000;

let described: { key: string; until: number; configuration: Configuration } | undefined;

/** The provider's endpoints and keys. A failure is not kept: the next sign-in asks again. */
async function configurationOf(settings: SingleSignOn): Promise<Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const key = JSON.stringify([issuer.href, clientId, clientSecret]);
  if (described?.key === key && described.until > Date.now()) return described.configuration;
  const configuration = await discovery(
    issuer,
    clientId,
    { client_secret: clientSecret },
    // The provider's word decides which way the secret travels; the standard's default is Basic.
    (server, client, body, headers) => {
      const methods = server.token_endpoint_auth_methods_supported;
      const isBasic = !methods || methods.includes("client_secret_basic");
      (isBasic ? ClientSecretBasic : ClientSecretPost)(clientSecret)(server, client, body, headers);
    },
    {
      timeout: TIMEOUT_SECONDS,
      execute: [
        // The ID token's signature too, though it comes straight from the provider.
        enableNonRepudiationChecks,
        ...(issuer.protocol === "http:" ? [allowInsecureRequests] : []),
      ],
    },
  );
  described = { key, until: Date.now() + DESCRIPTION_MS, configuration };
  return configuration;
}

const problem = (code: SignInRefusal) => refused(code, code);

/** Says in a line what went wrong at the provider, for the operator; never a token or the secret. */
function report(settings: SingleSignOn, error: unknown): void {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 3; at = at.cause) {
    const code = "code" in at ? ` (${String(at.code)})` : "";
    const answer = at instanceof ResponseBodyError ? `: ${at.error}` : "";
    texts.push(`${at.message}${code}${answer}`);
  }
  log.warn("single sign-on failed", { issuer: settings.issuer.href, reason: texts.join("; ") });
}

/** The codes of what is no answer of a provider at all: too late, or another server's page. */
const NO_ANSWER = [
  "OAUTH_TIMEOUT",
  "OAUTH_ABORT",
  "OAUTH_RESPONSE_IS_NOT_CONFORM",
  "OAUTH_RESPONSE_IS_NOT_JSON",
];

function problemOf(settings: SingleSignOn, error: unknown) {
  if (error instanceof AuthorizationResponseError) {
    return problem(error.error === "access_denied" ? "cancelled" : "refused");
  }
  report(settings, error);
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) {
    return problem("refused");
  }
  const isAnswer = error instanceof ClientError && !NO_ANSWER.includes(error.code ?? "");
  return problem(isAnswer ? "unverified" : "unreachable");
}

/** Where the browser goes to sign in, and what to check when it is back at `redirectUri`. */
export async function beginAtIssuer(
  settings: SingleSignOn,
  redirectUri: string,
): Promise<Result<{ url: URL; checks: Checks }>> {
  try {
    const configuration = await configurationOf(settings);
    const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      response_type: "code",
      scope: settings.scopes,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: "S256",
    });
    return done({ url, checks });
  } catch (error) {
    return problemOf(settings, error);
  }
}

/**
 * Who came back to `returned`, the callback's whole address: code against ID token, whose issuer, audience, time, nonce and
 * signature are checked; claims that it lacks are asked of UserInfo.
 */
export async function finishAtIssuer(
  settings: SingleSignOn,
  returned: URL,
  checks: Checks,
): Promise<Result<Claims>> {
  try {
    const configuration = await configurationOf(settings);
    const tokens = await authorizationCodeGrant(configuration, returned, {
      expectedState: checks.state,
      expectedNonce: checks.nonce,
      pkceCodeVerifier: checks.verifier,
      idTokenExpected: true,
    });
    const claims: Claims | undefined = tokens.claims();
    if (typeof claims?.sub !== "string") return problem("unverified");
    const needed = ["email", "email_verified", ...(settings.roles ? [settings.roles.claim] : [])];
    const isWhole = needed.every((name) => claimAt(claims, name) !== undefined);
    if (isWhole || !configuration.serverMetadata().userinfo_endpoint) return done(claims);
    const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
    return done({ ...more, ...claims });
  } catch (error) {
    return problemOf(settings, error);
  }
}
