import { randomUUID } from 'node:crypto';
import { importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { scopeTokens } from '../auth/scopes.ts';
import { publicKey } from './keys.ts';
import { personOf } from './people.ts';
import { badRequest, Refusal } from './refusal.ts';
import { contextOf, needPatient, scopesOfPerson } from './scopes.ts';
import { AUTH_PATH, LIFETIME, type ProviderOptions } from './settings.ts';
import { isSubjectId } from './subject-id.ts';

/** The claims of an access token of this server. @throws Refusal 401 when it is none or no longer good */
export async function verifiedToken(
  authorization: string | undefined,
  { origin, base, keys }: ProviderOptions,
): Promise<JWTPayload> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal(401, 'invalid_token', 'An access token is needed');
  try {
    const { payload } = await jwtVerify(token, publicKey(keys.signing), {
      issuer: origin + AUTH_PATH,
      audience: base,
      typ: 'at+jwt',
      algorithms: ['RS256'],
    });
    return payload;
  } catch {
    throw new Refusal(401, 'invalid_token', 'The access token is not accepted');
  }
}

/** What a token for the command line is to hold. */
export interface TokenRequest {
  /** Scopes, separated by spaces. */
  readonly scope: string;
  /** Subject id of the open record, for `patient/` scopes. */
  readonly patient?: string | undefined;
  /** Id of the person who asks; default the clinician. */
  readonly user?: string | undefined;
}

export interface MintedToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scope: string;
}

const DEFAULT_PERSON = 'dev-clinician';

/**
 * Signs a development token without any browser: `system/` scopes make it one of the backend client, others one of a
 * person who uses `my-app`.
 *
 * @throws Refusal 400 naming the option at fault
 */
export async function mintToken(request: TokenRequest, options: ProviderOptions): Promise<MintedToken> {
  const scopes = scopeTokens(request.scope);
  if (scopes.length === 0) throw badRequest('--scope is empty: write such as patient/Observation.rs');
  const unknown = scopes.find((scope) => contextOf(scope) === undefined);
  if (unknown !== undefined) throw badRequest(`--scope: ${unknown} is no scope such as patient/Observation.rs`);
  const claims = scopes.some((scope) => contextOf(scope) === 'system')
    ? systemClaims(scopes, request)
    : personClaims(scopes, request, options);
  const { keys, origin, base } = options;
  const accessToken = await new SignJWT({ ...claims, scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: String(keys.signing.kid) })
    .setIssuer(origin + AUTH_PATH)
    .setAudience(base)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME.most}s`)
    .sign(await importJWK(keys.signing, 'RS256'));
  return { accessToken, expiresIn: LIFETIME.most, scope: scopes.join(' ') };
}

function systemClaims(scopes: readonly string[], { patient, user }: TokenRequest): JWTPayload {
  const other = scopes.find((scope) => contextOf(scope) !== 'system');
  if (other !== undefined) throw badRequest(`--scope: ${other} needs a person, and system/ scopes are of none`);
  if (patient !== undefined) throw badRequest('--patient: a token with system/ scopes has no open record');
  if (user !== undefined) throw badRequest('--user: a token with system/ scopes is of no person');
  return { sub: 'backend', client_id: 'backend' };
}

function personClaims(
  scopes: readonly string[],
  { patient: asked, user = DEFAULT_PERSON }: TokenRequest,
  { directory, base }: ProviderOptions,
): JWTPayload {
  const person = personOf(directory, user);
  if (person === undefined) {
    throw badRequest(`--user: there is ${directory.people.map(({ id }) => id).join(', ')}, but no ${user}`);
  }
  const refused = scopes.find((scope) => !scopesOfPerson(person, [scope]).includes(scope));
  if (refused !== undefined) throw badRequest(`--scope: ${user} can't be granted ${refused}`);
  const patient = asked ?? person.patient;
  if (patient === undefined && needPatient(scopes)) throw badRequest('--patient is needed for patient/ scopes');
  if (patient !== undefined && !isSubjectId(patient)) throw badRequest('--patient is no subject id');
  if (person.patient !== undefined && patient !== person.patient) {
    throw badRequest(`--patient: ${user} may open ${person.patient} only`);
  }
  return {
    sub: person.id,
    client_id: 'my-app',
    fhirUser: `${base}/${person.fhirUser}`,
    ...(patient === undefined ? {} : { patient }),
  };
}
