import { isJwks, type Jwks } from 'aws-jwt-verify/jwk';
import { InvalidInputError } from '../genomics/errors.ts';
import { type AuthorizationServer, authorizationServerOf } from './authorization-server.ts';
import { checkMembers, fault, listOf, objectOf } from './configuration.ts';

/** An OpenID Connect or OAuth server whose access tokens are accepted. */
export interface Issuer {
  /** The `iss` claim, exactly. */
  readonly issuer: string;
  /** Where its keys are, or the keys themselves. */
  readonly keys: { readonly uri: string } | { readonly jwks: Jwks };
  /** Audiences, one of which a token has to name; empty when only clients are checked. */
  readonly audiences: readonly string[];
  /** Clients, one of which a token has to be for; empty when only the audience is checked. */
  readonly clientIds: readonly string[];
  readonly claims: ClaimNames;
  /** Longest time between `iat` and `exp`, in seconds. */
  readonly maxLifetimeSeconds: number;
  /** What the token's `typ` header has to be, such as `at+jwt`; otherwise the rules for access tokens in general hold. */
  readonly requireTyp?: string;
  /** Scopes come with `%2f` for `/`, from servers whose scopes can hold no slash (Entra ID). */
  readonly percentEncodedScopes: boolean;
  /** What SMART discovery tells of this server; absent when it is not to be advertised. */
  readonly smart?: AuthorizationServer;
}

/** Names of claims by what they mean; of several the first that a token has counts. */
export interface ClaimNames {
  readonly scope: readonly string[];
  readonly patient: readonly string[];
  readonly fhirUser: readonly string[];
  readonly clientId: readonly string[];
}

const DEFAULT_CLAIMS: ClaimNames = {
  scope: ['scope', 'scp'],
  patient: ['patient'],
  fhirUser: ['fhirUser'],
  clientId: ['client_id', 'azp', 'cid', 'appid'],
};

/** SMART recommends at most an hour. */
const DEFAULT_LIFETIME_SECONDS = 3_600;
const LONGEST_LIFETIME_SECONDS = 86_400;

const MEMBERS = [
  'issuer',
  'jwksUri',
  'jwks',
  'audience',
  'clientIds',
  'claims',
  'maxLifetimeSeconds',
  'requireTyp',
  'percentEncodedScopes',
  'smart',
];

/**
 * Reads `GENOMICS_ISSUERS`, a JSON list; unset or empty means none, and then no token is accepted.
 *
 * @throws InvalidInputError naming the member at fault
 */
export function issuersOf(text: string | undefined): readonly Issuer[] {
  if (text === undefined || text.trim() === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError('GENOMICS_ISSUERS is not JSON', undefined, { cause });
  }
  if (!Array.isArray(list)) throw new InvalidInputError('GENOMICS_ISSUERS has to be a list of issuers');
  const issuers = list.map((entry, index) => issuerOf(entry, `GENOMICS_ISSUERS[${index}]`));
  const names = issuers.map(({ issuer }) => issuer);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInputError(`GENOMICS_ISSUERS names the issuer ${twice} twice`);
  return issuers;
}

/**
 * Reads one issuer.
 *
 * @param where how error messages call the entry
 * @throws InvalidInputError naming the member at fault
 */
export function issuerOf(entry: unknown, where: string): Issuer {
  const given = objectOf(entry, where);
  checkMembers(given, MEMBERS, where);
  const issuer = urlOf(given['issuer'], `${where}.issuer`);
  const audiences = textsOf(given['audience'], `${where}.audience`);
  const clientIds = textsOf(given['clientIds'], `${where}.clientIds`);
  if (audiences.length === 0 && clientIds.length === 0) {
    throw fault(where, 'needs an audience or clientIds: a token made for another service must not be accepted');
  }
  const requireTyp = given['requireTyp'];
  if (requireTyp !== undefined && (typeof requireTyp !== 'string' || requireTyp === '')) {
    throw fault(`${where}.requireTyp`, 'has to be a text');
  }
  const percentEncodedScopes = given['percentEncodedScopes'] ?? false;
  if (typeof percentEncodedScopes !== 'boolean')
    throw fault(`${where}.percentEncodedScopes`, 'has to be true or false');
  const keys = keysOf(given, issuer, where);
  return {
    issuer,
    keys,
    audiences,
    clientIds,
    claims: claimsOf(given['claims'], `${where}.claims`),
    maxLifetimeSeconds: lifetimeOf(given['maxLifetimeSeconds'], `${where}.maxLifetimeSeconds`),
    percentEncodedScopes,
    ...(requireTyp === undefined ? {} : { requireTyp }),
    ...(given['smart'] === undefined
      ? {}
      : {
          smart: authorizationServerOf(given['smart'], {
            issuer,
            where: `${where}.smart`,
            ...('uri' in keys ? { jwksUri: keys.uri } : {}),
          }),
        }),
  };
}

function keysOf(given: Readonly<Record<string, unknown>>, issuer: string, where: string): Issuer['keys'] {
  const { jwksUri, jwks } = given;
  if (jwksUri !== undefined && jwks !== undefined) throw fault(where, 'has jwksUri and jwks; one of them');
  if (jwks === undefined) {
    // Where Cognito and Auth0 have it; the others need to be told.
    return { uri: urlOf(jwksUri ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`, `${where}.jwksUri`) };
  }
  const json = jwks as Parameters<typeof isJwks>[0];
  if (!isJwks(json)) throw fault(`${where}.jwks`, 'has to be a JSON Web Key Set');
  const unusable = json.keys.find((key) => key.kid === undefined || key.kty === 'oct' || 'd' in key);
  if (unusable !== undefined) throw fault(`${where}.jwks`, 'has to hold public keys only, each with a kid');
  return { jwks: json };
}

function claimsOf(value: unknown, where: string): ClaimNames {
  const given = value === undefined ? {} : objectOf(value, where);
  checkMembers(given, Object.keys(DEFAULT_CLAIMS), where);
  const names = (name: keyof ClaimNames) => {
    const told = textsOf(given[name], `${where}.${name}`);
    return told.length === 0 ? DEFAULT_CLAIMS[name] : told;
  };
  return {
    scope: names('scope'),
    patient: names('patient'),
    fhirUser: names('fhirUser'),
    clientId: names('clientId'),
  };
}

function lifetimeOf(value: unknown, where: string): number {
  if (value === undefined) return DEFAULT_LIFETIME_SECONDS;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LONGEST_LIFETIME_SECONDS) {
    return value;
  }
  throw fault(where, `has to be a whole number of seconds from 1 to ${LONGEST_LIFETIME_SECONDS}`);
}

/** An https URL, or an http one on this machine. */
function urlOf(value: unknown, where: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const loopback = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (typeof value === 'string' && (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)))
    return value;
  throw fault(where, 'has to be an https URL (http on this machine only)');
}

/** One text or a list of them; none when absent. */
function textsOf(value: unknown, where: string): readonly string[] {
  if (value === undefined) return [];
  return listOf(typeof value === 'string' ? [value] : value, where);
}
