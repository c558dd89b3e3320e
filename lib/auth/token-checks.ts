import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model';
import { InvalidTokenError } from './errors.ts';
import type { Issuer } from './issuers.ts';
import { type FhirUser, fhirUserOf, type Principal, patientOf } from './principal.ts';
import { scopeTokens } from './scopes.ts';

/** How far another server's clock may be ahead, in seconds. */
const CLOCK_SKEW_SECONDS = 60;

/** Key types by the first letters of the algorithms that go with them. */
const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'RSA', ES: 'EC', Ed: 'OKP' };

/** `typ` headers an access token may have, lower case; RFC 9068 defines at+jwt. */
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Claims that only ID tokens have. */
const ID_TOKEN_CLAIMS = ['at_hash', 'c_hash'];

interface SignedToken {
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  readonly jwk: { readonly kty: string };
}

/**
 * What has to hold of a token beyond its signature, issuer, audience and validity, which the verifier checks: it
 * accepts tokens that never expire, unknown critical extensions and tokens that are no access tokens.
 *
 * @param now milliseconds since 1970
 * @throws InvalidTokenError
 */
export function checkAccessToken({ header, payload, jwk }: SignedToken, issuer: Issuer, now: number): void {
  if (header['crit'] !== undefined) throw new InvalidTokenError('has critical extensions');
  if (KEY_TYPES[header.alg?.slice(0, 2) ?? ''] !== jwk.kty)
    throw new InvalidTokenError('has an algorithm of other keys');
  checkKind(header, payload, issuer);
  checkTimes(payload, issuer, now);
  checkAddressee(payload, issuer);
}

function checkKind(header: JwtHeader, payload: JwtPayload, { requireTyp }: Issuer): void {
  const typ = header['typ'];
  if (typ !== undefined && (typeof typ !== 'string' || !TYPES.includes(typ.toLowerCase()))) {
    throw new InvalidTokenError('has the typ of another kind of token');
  }
  if (requireTyp !== undefined && typ !== requireTyp) throw new InvalidTokenError('has not the typ that is required');
  // Cognito says the kind in token_use, Keycloak in a typ claim.
  if (payload['token_use'] !== undefined && payload['token_use'] !== 'access') {
    throw new InvalidTokenError('has a token_use other than access');
  }
  if (payload['typ'] !== undefined && payload['typ'] !== 'Bearer') {
    throw new InvalidTokenError('has a typ claim other than Bearer');
  }
  if (ID_TOKEN_CLAIMS.some((claim) => payload[claim] !== undefined)) throw new InvalidTokenError('is an ID token');
  // Bound to a key or a certificate (RFC 9449, RFC 8705): as a mere bearer token it has been stolen.
  if (payload['cnf'] !== undefined) throw new InvalidTokenError('is bound to a key');
}

function checkTimes({ exp, iat }: JwtPayload, { maxLifetimeSeconds }: Issuer, now: number): void {
  if (typeof exp !== 'number') throw new InvalidTokenError('has no exp');
  if (typeof iat !== 'number') throw new InvalidTokenError('has no iat');
  const seconds = now / 1000;
  if (iat > seconds + CLOCK_SKEW_SECONDS) throw new InvalidTokenError('has an iat in the future');
  if (exp - iat > maxLifetimeSeconds) throw new InvalidTokenError('lives longer than maxLifetimeSeconds');
}

/** Cognito's tokens have no audience unless one was asked for; then the clients are what ties them to this service. */
function checkAddressee(payload: JwtPayload, { audiences, clientIds, claims }: Issuer): void {
  const client = firstText(payload, claims.clientId);
  if (client === undefined) throw new InvalidTokenError('names no client');
  if (clientIds.length > 0 && !clientIds.includes(client)) throw new InvalidTokenError('is for another client');
  if (audiences.length === 0 || (payload.aud === undefined && clientIds.length > 0)) return;
  const named: readonly string[] = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
  if (!named.some((audience) => audiences.includes(audience))) throw new InvalidTokenError('has another audience');
}

/** The claims of a checked token by what they mean. */
export function principalOf(payload: JwtPayload, issuer: Issuer): Principal {
  const { claims } = issuer;
  const clientId = firstText(payload, claims.clientId);
  const patient = patientOf(first(payload, claims.patient));
  const fhirUser: FhirUser | undefined = fhirUserOf(first(payload, claims.fhirUser));
  const tokens = scopeTokens(first(payload, claims.scope));
  return {
    issuer: issuer.issuer,
    ...(payload.sub === undefined ? {} : { subject: payload.sub }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(payload.jti === undefined ? {} : { tokenId: payload.jti }),
    scopes: issuer.percentEncodedScopes ? tokens.map((token) => token.replace(/%2f/i, '/')) : tokens,
    ...(patient === undefined ? {} : { patient }),
    ...(fhirUser === undefined ? {} : { fhirUser }),
    machine: fhirUser === undefined && isMachine(payload, clientId),
    expires: payload.exp ?? 0,
  };
}

/** Claims that a token has only when a person signed in. (`auth_time` is not one: Cognito gives it to programs too.) */
const PERSON_CLAIMS = ['username', 'cognito:username', 'cognito:groups', 'uid', 'email', 'name', 'nonce'];

/**
 * Whether a token was given to a program for itself (client_credentials), by what the servers put in such tokens. Of
 * what says neither, nothing is assumed: a person's token that was taken for a program's would reach every subject.
 */
function isMachine(payload: JwtPayload, clientId: string | undefined): boolean {
  if (clientId === undefined || PERSON_CLAIMS.some((claim) => payload[claim] !== undefined)) return false;
  // Cognito, Okta and most others name the client as the subject; Auth0 with a suffix.
  if (payload.sub === clientId || payload.sub === `${clientId}@clients`) return true;
  // Entra ID, when the optional claim is switched on.
  if (payload['idtyp'] === 'app') return true;
  // Keycloak: its name for the client's service account, beside a claim that only such sessions have.
  return payload['client_id'] === clientId && payload['preferred_username'] === `service-account-${clientId}`;
}

function first(payload: JwtPayload, names: readonly string[]): unknown {
  const name = names.find((candidate) => Object.hasOwn(payload, candidate));
  return name === undefined ? undefined : payload[name];
}

function firstText(payload: JwtPayload, names: readonly string[]): string | undefined {
  const value = first(payload, names);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
