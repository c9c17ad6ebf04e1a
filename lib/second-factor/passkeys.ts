import { createHmac } from "node:crypto";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import { derivedKey } from "#lib/portal-users/sealing.ts";
import { isChallenge, newChallenge } from "./challenges.ts";
import type { Passkey } from "./queries.ts";

// Passkeys are public keys that an authenticator makes for one site (Web Authentication, Level 3). This module asks
// for them and checks what a browser answers; it changes nothing.

/** The packages parse certificates and take 50 ms to load, so they are loaded when the first passkey is used. */
const server = () => import("@simplewebauthn/server");
const helpers = () => import("@simplewebauthn/server/helpers");

/** COSE algorithms that a passkey may use: EdDSA, ES256, RS256. Every authenticator has one of them. */
const ALGORITHMS = [-8, -7, -257];

/** The site that asks: its origin, and the host name that its passkeys belong to. */
export type Site = { origin: string; relyingParty: string };

export function siteOf(origin: string): Site {
  return { origin, relyingParty: new URL(origin).hostname };
}

/** What the browser's script passes to the authenticator, as JSON. */
export type PasskeyOptions = string;

type Described = Pick<Passkey, "credentialId" | "transports">;

const descriptors = (passkeys: readonly Described[]) =>
  passkeys.map(({ credentialId, transports }) => ({
    id: credentialId,
    transports: transports.split(",").filter((one) => one !== ""),
  }));

/**
 * Options to make a passkey. It should be found without a name and should verify the person, so that it can be the only
 * factor; a security key that can do neither still works as a second factor.
 */
export async function creationOptions(
  user: { id: number; email: string },
  {
    site,
    enterpriseName,
    present,
    boundTo,
  }: {
    site: Site;
    enterpriseName: string;
    /** The passkeys that the account has: an authenticator does not make a second one. */
    present: readonly Described[];
    boundTo: string;
  },
): Promise<PasskeyOptions> {
  const { generateRegistrationOptions } = await server();
  const handle = createHmac("sha256", derivedKey("passkey user")).update(String(user.id)).digest();
  const options = await generateRegistrationOptions({
    rpName: enterpriseName,
    rpID: site.relyingParty,
    userName: user.email,
    userDisplayName: user.email,
    userID: new Uint8Array(handle),
    challenge: newChallenge(boundTo),
    attestationType: "none",
    excludeCredentials: descriptors(present),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return JSON.stringify(options);
}

/** Options to sign with a passkey: one of `allowed`, or without it any that the authenticator has for this site. */
export async function requestOptions({
  site,
  allowed,
  boundTo,
}: {
  site: Site;
  allowed: readonly Described[] | null;
  boundTo: string;
}): Promise<PasskeyOptions> {
  const { generateAuthenticationOptions } = await server();
  const options = await generateAuthenticationOptions({
    rpID: site.relyingParty,
    challenge: newChallenge(boundTo),
    // As the only factor, the passkey must verify the person, by a fingerprint or a PIN.
    userVerification: allowed ? "preferred" : "required",
    ...(allowed && { allowCredentials: descriptors(allowed) }),
  });
  return JSON.stringify(options);
}

const BASE64URL = z.string().regex(/^[\w-]+$/);

/** What the browser's answers to both kinds of challenge have. */
const credential = z.object({
  id: BASE64URL,
  rawId: BASE64URL,
  type: z.literal("public-key"),
  clientExtensionResults: z.object({}).default({}),
});

const authentication = credential.extend({
  response: z.object({
    clientDataJSON: BASE64URL,
    authenticatorData: BASE64URL,
    signature: BASE64URL,
    userHandle: z.string().optional(),
  }),
});

const registration = credential.extend({
  response: z.object({
    clientDataJSON: BASE64URL,
    attestationObject: BASE64URL,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([]),
  }),
});

const clientData = z.object({ challenge: z.string() });

function parseJson<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The challenge that an answer signed, base64url. */
function challengeOf(clientDataJson: string): string | null {
  const text = Buffer.from(clientDataJson, "base64url").toString("utf8");
  return parseJson(clientData, text)?.challenge ?? null;
}

/** The id of the credential that an answer names, which may be unknown; null if it is no answer of a passkey. */
export function credentialIdOf(answer: string): string | null {
  return parseJson(authentication, answer)?.id ?? null;
}

export type NewPasskey = Pick<
  Passkey,
  "credentialId" | "publicKey" | "relyingParty" | "signatures" | "transports"
> & { challenge: string };

/**
 * Checks a browser's answer to {@link creationOptions}: the challenge, the origin, the host name and the key. Only
 * answers without a certificate are read, because checking one would fetch addresses that the answer names.
 *
 * @returns null for any other answer. The caller uses up its `challenge`.
 */
export async function checkCreation(
  answer: string,
  { site, boundTo }: { site: Site; boundTo: string },
): Promise<NewPasskey | null> {
  const response = parseJson(registration, answer);
  const challenge = response && challengeOf(response.response.clientDataJSON);
  if (!response || !challenge || !isChallenge(challenge, boundTo)) return null;
  const [{ verifyRegistrationResponse }, { decodeAttestationObject }] = await Promise.all([
    server(),
    helpers(),
  ]);
  try {
    const attestation = decodeAttestationObject(
      new Uint8Array(Buffer.from(response.response.attestationObject, "base64url")),
    );
    const format = attestation.get("fmt");
    const isSelfMade = format === "packed" && !attestation.get("attStmt").get("x5c");
    if (format !== "none" && !isSelfMade) return null;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.relyingParty,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return null;
    const { credential } = registrationInfo;
    return {
      challenge,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      relyingParty: site.relyingParty,
      signatures: credential.counter,
      transports: response.response.transports.join(","),
    };
  } catch {
    // The package throws for every answer that is not as it should be.
    return null;
  }
}

/** What a passkey proved, before the database is asked whether the challenge and the count are new. */
export type PasskeyProof = { passkeyId: number; signatures: number; challenge: string };

/**
 * Checks a browser's answer to {@link requestOptions} with the public key of `passkey`: the challenge, the origin, the
 * host name, the signature and, where `mustVerifyPerson`, that the authenticator verified who holds it.
 *
 * @returns null for any other answer.
 */
export async function checkAnswer(
  answer: string,
  passkey: Passkey,
  { site, boundTo, mustVerifyPerson }: { site: Site; boundTo: string; mustVerifyPerson: boolean },
): Promise<PasskeyProof | null> {
  const response = parseJson(authentication, answer);
  const challenge = response && challengeOf(response.response.clientDataJSON);
  if (!response || !challenge || !isChallenge(challenge, boundTo)) return null;
  if (response.id !== passkey.credentialId || passkey.relyingParty !== site.relyingParty) return null;
  const { verifyAuthenticationResponse } = await server();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.relyingParty,
      requireUserVerification: mustVerifyPerson,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
        // The count is compared inside the transaction that stores it, and only after the signature was right.
        counter: 0,
      },
    });
    if (!verified) return null;
    return { passkeyId: passkey.id, signatures: authenticationInfo.newCounter, challenge };
  } catch {
    return null;
  }
}
