import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { OAuthError } from './errors.ts';
import type { Facade } from './ports.ts';
import type { Client } from './registration.ts';

/** SMART's algorithms for client assertions, and the keys they go with. */
const KEY_TYPES = { RS384: 'RSA', ES384: 'EC' } as const;

export type AssertionAlgorithm = keyof typeof KEY_TYPES;

export const ASSERTION_ALGORITHMS = Object.keys(KEY_TYPES) as readonly AssertionAlgorithm[];

type Jwk = JsonWebKey & { readonly kid?: unknown; readonly use?: unknown; readonly alg?: unknown };

const LEAST_RSA_BITS = 2048;

/** Whether it is a public key with a `kid` that client assertions can be verified with. */
export function isUsableKey(key: unknown): key is Jwk {
  if (typeof key !== 'object' || key === null) return false;
  const jwk = key as Jwk;
  if (typeof jwk.kid !== 'string' || jwk.kid === '' || jwk.d !== undefined) return false;
  if (jwk.kty !== 'RSA' && !(jwk.kty === 'EC' && jwk.crv === 'P-384')) return false;
  const publicKey = publicKeyOf(jwk);
  if (publicKey === undefined) return false;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  return jwk.kty === 'EC' || (bits !== undefined && bits >= LEAST_RSA_BITS);
}

function publicKeyOf(jwk: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // Not a key: the caller refuses it.
    return undefined;
  }
}

/**
 * The one key of a client that has this `kid` and goes with this algorithm.
 *
 * @throws OAuthError `invalid_client` when none or several do (SMART, "Authenticate the client"); ServiceUnavailableError
 */
export async function keyOf(facade: Facade, client: Client, kid: string, alg: AssertionAlgorithm): Promise<KeyObject> {
  const set: unknown = client.jwks ?? (client.jwks_uri && (await facade.registeredKeys(client.jwks_uri)));
  const keys: unknown = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  const fitting = (Array.isArray(keys) ? keys : []).filter(
    (key) =>
      isUsableKey(key) &&
      key.kid === kid &&
      key.kty === KEY_TYPES[alg] &&
      (key.use ?? 'sig') === 'sig' &&
      (key.alg ?? alg) === alg,
  );
  const [jwk] = fitting;
  const key = fitting.length === 1 && jwk !== undefined ? publicKeyOf(jwk) : undefined;
  if (key === undefined) throw new OAuthError('invalid_client', 'No single registered key fits the client assertion');
  return key;
}
