import { verify as verifySignature } from 'node:crypto';
import { OAuthError } from './errors.ts';
import type { FacadeRequest, Single } from './exchange.ts';
import { required } from './exchange.ts';
import type { Facade } from './ports.ts';
import { type Client, clientOf } from './registration.ts';
import { ASSERTION_ALGORITHMS, keyOf } from './signing-keys.ts';
import { hashOf, isSameText } from './vault.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Longest life of an assertion. @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html */
const ASSERTION_SECONDS = 300;
/** How far a client's clock may be from ours. */
const CLOCK_SKEW_SECONDS = 10;
const LONGEST_ASSERTION = 8_192;

/** Where assertions are addressed to, whichever endpoint they are used at. */
export function tokenUrlOf({ authBase }: Pick<Facade, 'authBase'>): string {
  return `${authBase}/token`;
}

/**
 * Which client is asking, proven by the method it is registered with and no other.
 *
 * @throws OAuthError `invalid_client` or `invalid_request`
 */
export async function authenticateClient(facade: Facade, request: FacadeRequest, form: Single): Promise<Client> {
  const authorization = request.headers.get('authorization');
  const hasAssertion = form.has('client_assertion') || form.has('client_assertion_type');
  if (authorization !== undefined && hasAssertion) {
    throw new OAuthError('invalid_request', 'Authenticate the client in one way only');
  }
  // Accepting secrets in the form would put them where frameworks log.
  if (form.has('client_secret')) throw new OAuthError('invalid_client', "Send the client's secret as HTTP Basic");
  if (hasAssertion) return byAssertion(facade, form);
  if (authorization !== undefined) return bySecret(facade, authorization, form);
  const client = await clientOf(facade, required(form, 'client_id'));
  return registeredWith('none', client);
}

function registeredWith(method: Client['token_endpoint_auth_method'], client: Client): Client {
  if (client.token_endpoint_auth_method !== method) {
    throw new OAuthError('invalid_client', 'The client is registered with another way of authentication');
  }
  return client;
}

async function bySecret(facade: Facade, authorization: string, form: Single): Promise<Client> {
  const challenge = { 'WWW-Authenticate': 'Basic realm="token"' };
  const refused = new OAuthError('invalid_client', 'The client is not known or its secret is wrong', challenge);
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) throw refused;
  const [id, secret] = basicParts(Buffer.from(encoded, 'base64').toString('utf8'));
  if (id === undefined || secret === undefined || (form.get('client_id') ?? id) !== id) throw refused;
  const client = await clientOf(facade, id).catch((error: unknown) => {
    throw error instanceof OAuthError && error.code === 'invalid_client' ? refused : error;
  });
  registeredWith('client_secret_basic', client);
  if (!isSameText(secret, await facade.pool.secretOf(id))) throw refused;
  return client;
}

/** Both parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basicParts(text: string): readonly string[] {
  const colon = text.indexOf(':');
  if (colon < 1) return [];
  try {
    return [text.slice(0, colon), text.slice(colon + 1)].map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
  } catch {
    // Not form-encoded: no credentials.
    return [];
  }
}

/** RFC 7523 as SMART narrows it. */
async function byAssertion(facade: Facade, form: Single): Promise<Client> {
  const refused = (why: string) => new OAuthError('invalid_client', `The client assertion is refused: ${why}`);
  if (required(form, 'client_assertion_type') !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_client', `'client_assertion_type' has to be ${ASSERTION_TYPE}`);
  }
  const assertion = required(form, 'client_assertion');
  const [header, claims, signature, ...rest] = assertion.split('.');
  if (header === undefined || claims === undefined || !signature || rest.length > 0) throw refused('it is no JWT');
  if (assertion.length > LONGEST_ASSERTION) throw refused('it is too long');
  const { alg, kid, typ, crit } = jsonOf(header) ?? {};
  const algorithm = ASSERTION_ALGORITHMS.find((one) => one === alg);
  if (algorithm === undefined) throw refused(`its alg has to be ${ASSERTION_ALGORITHMS.join(' or ')}`);
  if (typeof kid !== 'string') throw refused('its header has no kid');
  if (crit !== undefined) throw refused('its header has crit');
  if (typ !== undefined && typ !== 'JWT') throw refused('its typ has to be JWT');

  const { iss, sub, aud, exp, nbf, jti } = jsonOf(claims) ?? {};
  if (typeof iss !== 'string' || iss !== sub) throw refused('iss and sub have to be the client_id');
  if ((form.get('client_id') ?? iss) !== iss) throw refused('it is of another client than client_id');
  const client = registeredWith('private_key_jwt', await clientOf(facade, iss));
  const key = await keyOf(facade, client, kid, algorithm);
  const isSigned = verifySignature(
    'sha384',
    Buffer.from(`${header}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) throw refused('its signature is wrong');

  const now = facade.now();
  if (aud !== tokenUrlOf(facade)) throw refused('aud has to be the URL of the token endpoint');
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp <= now) throw refused('it is expired or has no exp');
  if (exp > now + ASSERTION_SECONDS + CLOCK_SKEW_SECONDS) throw refused('exp is more than 5 minutes away');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + CLOCK_SKEW_SECONDS))
    throw refused('nbf is not now');
  if (typeof jti !== 'string' || jti === '') throw refused('it has no jti');
  const isNew = await facade.items.add(
    { id: `jti#${hashOf(`${iss} ${jti}`)}`, body: '', expires: Math.ceil(exp) },
    now,
  );
  if (!isNew) throw refused('its jti was used before');
  return client;
}

function jsonOf(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Not JSON: the caller refuses what it needed from it.
    return undefined;
  }
}
