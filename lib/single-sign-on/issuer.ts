import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
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
import { processWide } from "#lib/process-wide.ts";
import { done, type Result, refused } from "#lib/result.ts";
import type { SingleSignOn } from "#lib/sign-in-settings.ts";
import { type Claims, claimAt, rightsClaimNames, type SignInRefusal } from "./rules.ts";

/** The state of a sign-in that is checked when the provider sends the browser back. */
export type Checks = { state: string; nonce: string; verifier: string };

const TIMEOUT_SECONDS = 10;
/** How long the provider's description of itself is used without asking again. */
const DESCRIPTION_MS = 3600 * 1000;
/** Sign-ins that may wait for the provider at once: strangers can start as many as they like. */
const MAX_AT_PROVIDER = 20;

type Description = { key: string; until: number; configuration: Promise<Configuration> };
const shared = processWide("lib/single-sign-on/issuer", () => ({
  description: null as Description | null,
  atProvider: 0,
}));

function discover({ issuer, clientId, clientSecret }: SingleSignOn): Promise<Configuration> {
  return discovery(
    issuer,
    clientId,
    { client_secret: clientSecret },
    // The provider decides how the secret travels; the standard's default is Basic.
    (server, client, body, headers) => {
      const methods = server.token_endpoint_auth_methods_supported;
      const isBasic = !methods || methods.includes("client_secret_basic");
      (isBasic ? ClientSecretBasic : ClientSecretPost)(clientSecret)(server, client, body, headers);
    },
    {
      timeout: TIMEOUT_SECONDS,
      execute: [
        // Checks the ID token's signature too, although the token comes directly from the provider.
        enableNonRepudiationChecks,
        ...(issuer.protocol === "http:" ? [allowInsecureRequests] : []),
      ],
    },
  );
}

/**
 * The provider's endpoints and keys. Sign-ins that need them at the same time share one request. A failure is not
 * kept: the next sign-in asks again.
 */
function configurationOf(settings: SingleSignOn): Promise<Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const key = JSON.stringify([issuer.href, clientId, clientSecret]);
  const { description } = shared;
  if (description?.key === key && description.until > Date.now()) return description.configuration;
  const fresh: Description = {
    key,
    until: Date.now() + DESCRIPTION_MS,
    configuration: discover(settings),
  };
  shared.description = fresh;
  fresh.configuration.catch(() => {
    if (shared.description === fresh) shared.description = null;
  });
  return fresh.configuration;
}

/** Runs `work` with the provider, or answers a problem: also when too many sign-ins wait for the provider already. */
async function withProvider<T>(
  settings: SingleSignOn,
  work: (configuration: Configuration) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (shared.atProvider >= MAX_AT_PROVIDER) return problem("busy");
  shared.atProvider += 1;
  try {
    return await work(await configurationOf(settings));
  } catch (error) {
    return problemOf(settings, error);
  } finally {
    shared.atProvider -= 1;
  }
}

const problem = (code: SignInRefusal) => refused<never>(code, code);

/** What went wrong at the provider, as the log has it. It never contains a token or the secret. */
function reasonOf(error: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 3; at = at.cause) {
    const code = "code" in at ? ` (${String(at.code)})` : "";
    const answer = at instanceof ResponseBodyError ? `: ${at.error}` : "";
    texts.push(`${at.message}${code}${answer}`);
  }
  return texts.join("; ");
}

/** The codes of errors without an answer of the provider: it came too late, or another server answered. */
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
  log.warn("single sign-on failed", { issuer: settings.issuer.href, reason: reasonOf(error) });
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) {
    return problem("refused");
  }
  const isAnswer = error instanceof ClientError && !NO_ANSWER.includes(error.code ?? "");
  return problem(isAnswer ? "unverified" : "unreachable");
}

/** Where the browser goes at the provider, and what to check when it is back. */
export type AuthorizationRequest = { url: URL; checks: Checks };

/** A request for a code, which is answered at `redirectUri`. */
async function authorization(
  configuration: Configuration,
  redirectUri: string,
  parameters: Record<string, string>,
): Promise<AuthorizationRequest> {
  const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    response_type: "code",
    state: checks.state,
    nonce: checks.nonce,
    code_challenge: await calculatePKCECodeChallenge(checks.verifier),
    code_challenge_method: "S256",
    ...parameters,
  });
  return { url, checks };
}

type BeginOptions = {
  loginHint?: string | null;
  /** The provider must ask people again who they are if it did so longer ago than this (OpenID Connect Core, 3.1.2.1). */
  maxAgeSeconds?: number | null;
};

/** Begins a sign-in that returns to `redirectUri`. `loginHint` tells the provider who is expected. */
export async function beginAtIssuer(
  settings: SingleSignOn,
  redirectUri: string,
  { loginHint = null, maxAgeSeconds = null }: BeginOptions = {},
): Promise<Result<AuthorizationRequest>> {
  return withProvider(settings, async (configuration) =>
    done(
      await authorization(configuration, redirectUri, {
        scope: settings.scopes,
        ...(loginHint && { login_hint: loginHint }),
        ...(maxAgeSeconds !== null && { max_age: String(maxAgeSeconds) }),
      }),
    ),
  );
}

/** Exchanges the code for tokens, and checks the ID token. `returned` is the callback's whole address, which has the code. */
function exchangeCode(configuration: Configuration, returned: URL, checks: Checks) {
  return authorizationCodeGrant(configuration, returned, {
    expectedState: checks.state,
    expectedNonce: checks.nonce,
    pkceCodeVerifier: checks.verifier,
    idTokenExpected: true,
  });
}

/** The provider's claims about a person. `isWhole` is false if UserInfo was needed and did not answer. */
export type PersonClaims = { claims: Claims; isWhole: boolean };

/**
 * The person of a sign-in that returned to `returned`, the callback's whole address. The code is exchanged for an ID
 * token, whose issuer, audience, time, nonce and signature are checked. UserInfo is asked only for claims that the ID
 * token lacks and that this sign-in needs: for somebody who is linked already, those are the claims of rights.
 */
export async function finishAtIssuer(
  settings: SingleSignOn,
  returned: URL,
  checks: Checks,
  isLinked: (issuer: string, subject: string) => boolean,
): Promise<Result<PersonClaims>> {
  return withProvider<PersonClaims>(settings, async (configuration) => {
    const tokens = await exchangeCode(configuration, returned, checks);
    const claims: Claims | undefined = tokens.claims();
    if (typeof claims?.sub !== "string" || typeof claims.iss !== "string") return problem("unverified");
    const linked = isLinked(claims.iss, claims.sub);
    const emailClaims = settings.trustsEmail ? ["email"] : ["email", "email_verified"];
    const needed = [...(linked ? [] : emailClaims), ...rightsClaimNames(settings)];
    const missing = needed.filter((name) => claimAt(claims, name) === undefined);
    if (missing.length === 0 || !configuration.serverMetadata().userinfo_endpoint) {
      return done({ claims, isWhole: true });
    }
    try {
      const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return done({ claims: { ...more, ...claims }, isWhole: true });
    } catch (error) {
      // An answer about another subject is an attack or a fault; the provider is not unreachable.
      if (!linked || isAboutAnother(error)) throw error;
      const reason = reasonOf(error);
      log.warn("UserInfo did not answer", {
        issuer: settings.issuer.href,
        missing: missing.join(", "),
        reason,
      });
      return done({ claims, isWhole: false });
    }
  });
}

const isAboutAnother = (error: unknown) =>
  error instanceof ClientError && error.code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED";

/**
 * Begins a sign-out at the provider, by asking for an ID token of the person who is signed in there, without showing anything. The
 * problem `no_sign_out` when the provider offers none.
 */
export async function beginSignOutAtIssuer(
  settings: SingleSignOn,
  redirectUri: string,
): Promise<Result<AuthorizationRequest>> {
  return withProvider(settings, async (configuration) => {
    if (!configuration.serverMetadata().end_session_endpoint) return problem("no_sign_out");
    return done(await authorization(configuration, redirectUri, { scope: "openid", prompt: "none" }));
  });
}

/**
 * Where the browser goes to sign out at the provider (OpenID Connect RP-Initiated Logout 1.0), which sends it back to
 * `returnTo`. With the answer to {@link beginSignOutAtIssuer} it has the ID token as a hint: some providers ask for a
 * confirmation without one, and some refuse. Where the provider gives no token, the client id has to be enough.
 */
export async function signOutAtIssuer(
  settings: SingleSignOn,
  returnTo: string,
  answer: { returned: URL; checks: Checks } | null = null,
): Promise<Result<URL>> {
  return withProvider(settings, async (configuration) => {
    if (!configuration.serverMetadata().end_session_endpoint) return problem("no_sign_out");
    const tokens =
      answer && (await exchangeCode(configuration, answer.returned, answer.checks).catch(() => null));
    return done(
      buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: returnTo,
        ...(tokens?.id_token && { id_token_hint: tokens.id_token }),
      }),
    );
  });
}
