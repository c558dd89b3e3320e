import { InvalidInputError } from '../genomics/errors.ts';
import { OAuthError } from './errors.ts';
import type { Facade, Items } from './ports.ts';
import { contextOf, isKnownScope, splitScope } from './scopes.ts';
import { isUsableKey } from './signing-keys.ts';

const AUTH_METHODS = ['none', 'client_secret_basic', 'private_key_jwt'] as const;
const GRANT_TYPES = ['authorization_code', 'client_credentials'] as const;

/**
 * What is known of a client, by the names of RFC 7591. Each is an app client of the user pool as well, with the same
 * `client_id`, and with a secret that only the façade uses.
 */
export interface Registration {
  readonly client_name: string;
  /** One of them, as Cognito has no app client with both. */
  readonly grant_type: (typeof GRANT_TYPES)[number];
  readonly token_endpoint_auth_method: (typeof AUTH_METHODS)[number];
  /** Compared as text. Empty for `client_credentials`. */
  readonly redirect_uris: readonly string[];
  /** The most that the client may be granted. */
  readonly scope: string;
  readonly jwks?: { readonly keys: readonly object[] };
  readonly jwks_uri?: string;
  /** Whether it may ask what other clients' tokens are: for resource servers. */
  readonly introspection?: boolean;
  /** Whether it may register launch contexts: for EHRs. */
  readonly launches?: boolean;
}

export interface Client extends Registration {
  readonly client_id: string;
}

const MEMBERS: Readonly<Record<keyof Registration, true>> = {
  client_name: true,
  grant_type: true,
  token_endpoint_auth_method: true,
  redirect_uris: true,
  scope: true,
  jwks: true,
  jwks_uri: true,
  introspection: true,
  launches: true,
};

/** Reads a registration. @throws InvalidInputError naming the member at fault */
export function parseRegistration(value: unknown): Registration {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault('registration', 'is no object');
  for (const name of Object.keys(value)) if (!(name in MEMBERS)) throw fault(name, 'is not known');
  const given = value as Readonly<Record<string, unknown>>;
  const grantType = oneOf('grant_type', given['grant_type'], GRANT_TYPES);
  const method = oneOf('token_endpoint_auth_method', given['token_endpoint_auth_method'], AUTH_METHODS);
  if (grantType === 'client_credentials' && method === 'none') {
    throw fault('token_endpoint_auth_method', "can't be 'none' for client_credentials: anyone could be the client");
  }
  return {
    client_name: text('client_name', given['client_name']),
    grant_type: grantType,
    token_endpoint_auth_method: method,
    redirect_uris: redirectUris(given['redirect_uris'] ?? [], grantType),
    scope: scope(given['scope'], grantType),
    ...keys(given, method),
    ...flag('introspection', given['introspection'], method),
    ...flag('launches', given['launches'], method),
  };
}

/** @throws OAuthError `invalid_client` when there is none of this id */
export async function clientOf({ items }: Pick<Facade, 'items'>, clientId: string): Promise<Client> {
  const client = await findClient(items, clientId);
  if (client === undefined) throw new OAuthError('invalid_client', 'The client is not registered');
  return client;
}

export async function findClient(items: Items, clientId: string): Promise<Client | undefined> {
  // Cognito's app client ids.
  if (!/^[\w+]{1,128}$/.test(clientId)) return undefined;
  const item = await items.get(clientItemId(clientId));
  return item === undefined ? undefined : { ...parseRegistration(JSON.parse(item.body)), client_id: clientId };
}

/** Stores a registration, in place of an earlier one. */
export async function register(items: Items, clientId: string, registration: Registration): Promise<void> {
  await items.put({ id: clientItemId(clientId), body: JSON.stringify(registration) });
}

/** From now on nothing is granted to the client, and none of its tokens is active. */
export async function unregister(items: Items, clientId: string): Promise<void> {
  await items.remove(clientItemId(clientId));
}

function clientItemId(clientId: string): string {
  return `client#${clientId}`;
}

function redirectUris(value: unknown, grantType: Registration['grant_type']): readonly string[] {
  if (!Array.isArray(value)) throw fault('redirect_uris', 'is no list');
  const uris = value.map((uri) => text('redirect_uris', uri));
  if ((grantType === 'authorization_code') !== uris.length > 0) {
    throw fault('redirect_uris', 'belongs to grant_type authorization_code, which needs at least one');
  }
  for (const uri of uris) if (!isRedirectUri(uri)) throw fault('redirect_uris', `has '${uri}', which is not allowed`);
  return uris;
}

/** https; http on this machine (RFC 8252, 7.3); or a native app's own scheme, a reversed domain name (7.1). */
function isRedirectUri(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || uri.includes('#') || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol.includes('.');
}

function scope(value: unknown, grantType: Registration['grant_type']): string {
  const given = text('scope', value);
  for (const token of splitScope(given)) {
    if (!isKnownScope(token)) throw fault('scope', `has '${token}', which this server never grants`);
    if ((contextOf(token) === 'system') !== (grantType === 'client_credentials')) {
      throw fault('scope', `has '${token}', which does not go with grant_type ${grantType}`);
    }
  }
  return given;
}

function keys(
  given: Readonly<Record<string, unknown>>,
  method: Registration['token_endpoint_auth_method'],
): Pick<Registration, 'jwks' | 'jwks_uri'> {
  const { jwks, jwks_uri: uri } = given;
  if (method !== 'private_key_jwt') {
    if (jwks !== undefined || uri !== undefined) throw fault('jwks', 'belongs to private_key_jwt');
    return {};
  }
  if ((jwks === undefined) === (uri === undefined)) throw fault('jwks', 'or jwks_uri has to be there, not both');
  if (uri !== undefined) {
    const url = text('jwks_uri', uri);
    if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw fault('jwks_uri', 'is no https URL');
    return { jwks_uri: url };
  }
  const list: unknown = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined;
  if (!Array.isArray(list) || list.length === 0) throw fault('jwks', 'has no keys');
  for (const key of list) {
    if (!isUsableKey(key)) {
      throw fault('jwks', 'has a key that is not a public RSA (2048 bits or more) or P-384 key with a kid');
    }
  }
  return { jwks: { keys: list as object[] } };
}

function flag(
  name: 'introspection' | 'launches',
  value: unknown,
  method: Registration['token_endpoint_auth_method'],
): Partial<Registration> {
  if (value === undefined || value === false) return {};
  if (value !== true) throw fault(name, 'is neither true nor false');
  if (method === 'none') throw fault(name, 'needs a client that can prove who it is');
  return { [name]: true };
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw fault(name, 'is no text');
  return value;
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw fault(name, `is none of ${allowed.join(', ')}`);
  return found;
}

function fault(name: string, what: string): InvalidInputError {
  return new InvalidInputError(`client registration: ${name} ${what}`, name);
}
