import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { type Issuer, issuerOf } from '../../lib/auth/issuers.ts';

/** A key pair of an authorization server. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** As in a JWKS. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
}

export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export const ISSUER = 'https://issuer.example';
/** `[base]` of the archive that the tokens are for. */
export const AUDIENCE = 'https://archive.example/fhir';
/** Seconds since 1970, so many from now. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Claims of an ordinary token, for a practitioner; `undefined` takes one away. */
export function claims(changes: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const payload = {
    iss: ISSUER,
    sub: 'user-1',
    aud: AUDIENCE,
    client_id: 'app',
    jti: 'token-1',
    iat: inSeconds(-10),
    exp: inSeconds(300),
    scope: 'openid fhirUser user/Observation.rs',
    fhirUser: 'Practitioner/dr1',
    ...changes,
  };
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
}

export function sign(key: SigningKey, payload: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(
      key.privateKey,
      header.crit === undefined ? {} : { crit: Object.fromEntries(header.crit.map((name) => [name, false])) },
    );
}

/** The issuer of `claims`, with its keys inline; `changes` as in `GENOMICS_ISSUERS`. */
export function issuerWith(keys: readonly SigningKey[], changes: Readonly<Record<string, unknown>> = {}): Issuer {
  const jwks = { keys: keys.map(({ publicJwk }) => publicJwk) };
  return issuerOf({ issuer: ISSUER, audience: AUDIENCE, jwks, ...changes }, 'issuer');
}
