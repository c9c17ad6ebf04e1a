import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

// An authenticator and the browser in front of it, in software: it makes what Web Authentication, Level 3, describes,
// with Node's cryptography and without the product's library, and can be told to lie.

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();

const UP = 0x01;
const UV = 0x04;
const AT = 0x40;

export type Lies = {
  origin?: string;
  relyingParty?: string;
  /** The count of signatures in this answer. */
  signatures?: number;
  verifiesPerson?: boolean;
  type?: string;
};

/** CBOR (RFC 8949) of what an authenticator sends: small maps of integers, texts and bytes. */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Buffer {
  const head = (major: number, length: number) =>
    length < 24
      ? Buffer.from([(major << 5) | length])
      : length < 256
        ? Buffer.from([(major << 5) | 24, length])
        : Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item as never)]);
    return Buffer.concat([head(5, value.size), ...entries]);
  }
  return Buffer.concat([head(2, value.length), value]);
}

export class SoftwareAuthenticator {
  readonly credentialId = base64url(randomBytes(32));
  signatures = 0;
  private readonly key: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  private clientData(type: string, challenge: string, origin: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  private authenticatorData(
    { relyingParty, signatures, verifiesPerson = true }: Lies,
    rest: Uint8Array,
    flags = 0,
  ) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(signatures ?? this.signatures);
    return Buffer.concat([
      sha256(relyingParty ?? new URL(this.origin).hostname),
      Buffer.from([UP | (verifiesPerson ? UV : 0) | flags]),
      counter,
      rest,
    ]);
  }

  /** Answers options to make a passkey. */
  make(
    options: string,
    lies: Lies = {},
    attestation?: { format: string; statement: Map<string, unknown> },
  ): string {
    const { challenge } = JSON.parse(options) as { challenge: string };
    const jwk = this.key.publicKey.export({ format: "jwk" });
    const cose = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(jwk.x ?? "", "base64url")],
        [-3, Buffer.from(jwk.y ?? "", "base64url")],
      ]),
    );
    const id = Buffer.from(this.credentialId, "base64url");
    const length = Buffer.from([id.length >> 8, id.length & 255]);
    const credential = Buffer.concat([Buffer.alloc(16), length, id, cose]);
    const attestationObject = cbor(
      new Map<string, unknown>([
        ["fmt", attestation?.format ?? "none"],
        ["attStmt", attestation?.statement ?? new Map()],
        ["authData", this.authenticatorData(lies, credential, AT)],
      ]),
    );
    return JSON.stringify({
      id: this.credentialId,
      rawId: this.credentialId,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(
          this.clientData(lies.type ?? "webauthn.create", challenge, lies.origin ?? this.origin),
        ),
        attestationObject: base64url(attestationObject),
        transports: ["internal"],
      },
    });
  }

  /** Answers options to sign. */
  sign(options: string, lies: Lies = {}): string {
    const { challenge } = JSON.parse(options) as { challenge: string };
    if (lies.signatures === undefined) this.signatures += 1;
    const data = this.authenticatorData(lies, Buffer.alloc(0));
    const clientData = this.clientData(lies.type ?? "webauthn.get", challenge, lies.origin ?? this.origin);
    const signature = createSign("sha256")
      .update(Buffer.concat([data, sha256(clientData)]))
      .sign(this.key.privateKey);
    return JSON.stringify({
      id: this.credentialId,
      rawId: this.credentialId,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(data),
        signature: base64url(signature),
      },
    });
  }
}
