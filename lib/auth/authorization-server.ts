import { checkMembers, fault, listOf, objectOf } from './configuration.ts';

/**
 * What SMART discovery says of an authorization server, by the names of the specification. It is declared by whoever
 * runs the archive: nothing is asked of the server, and nothing is claimed for it that was not declared.
 *
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
 */
export interface AuthorizationServer {
  readonly issuer?: string;
  readonly jwks_uri?: string;
  readonly authorization_endpoint?: string;
  readonly token_endpoint: string;
  readonly introspection_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly management_endpoint?: string;
  readonly registration_endpoint?: string;
  readonly grant_types_supported: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly response_types_supported?: readonly string[];
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[];
  readonly code_challenge_methods_supported: readonly string[];
  readonly capabilities: readonly string[];
}

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'management_endpoint',
  'registration_endpoint',
];

const LISTS = [
  'grant_types_supported',
  'scopes_supported',
  'response_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'code_challenge_methods_supported',
  'capabilities',
];

/** Capabilities of SMART 2.2; others have to be URIs. */
const CAPABILITIES = new Set([
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
]);

interface Surroundings {
  readonly issuer: string;
  readonly jwksUri?: string;
  /** How error messages call the declaration. */
  readonly where: string;
}

/**
 * Reads a declaration and completes it with the issuer and its keys, which belong in it exactly when the server signs
 * people in.
 *
 * @throws InvalidInputError for a declaration that discovery could not truthfully serve
 */
export function authorizationServerOf(value: unknown, { issuer, jwksUri, where }: Surroundings): AuthorizationServer {
  const given = objectOf(value, where);
  checkMembers(given, [...ENDPOINTS, ...LISTS], where);
  const declared: Record<string, string | readonly string[]> = {};
  for (const [name, member] of Object.entries(given)) {
    const read = ENDPOINTS.includes(name) ? endpoint : listOf;
    declared[name] = read(member, `${where}.${name}`);
  }
  for (const name of ['token_endpoint', 'grant_types_supported', 'code_challenge_methods_supported', 'capabilities']) {
    if (declared[name] === undefined) throw fault(where, `needs ${name}`);
  }
  checkCapabilities(declared, where);
  const has = (capability: string) => declared['capabilities']?.includes(capability) === true;
  if (!has('sso-openid-connect')) return declared as unknown as AuthorizationServer;
  if (jwksUri === undefined) throw fault(where, 'claims sso-openid-connect, for which the issuer needs a jwksUri');
  return { issuer, jwks_uri: jwksUri, ...declared } as unknown as AuthorizationServer;
}

function checkCapabilities(declared: Readonly<Record<string, string | readonly string[]>>, where: string): void {
  const list = (name: string) => declared[name] ?? [];
  for (const capability of list('capabilities')) {
    if (!CAPABILITIES.has(capability) && !URL.canParse(capability)) {
      throw fault(`${where}.capabilities`, `names ${capability}, which SMART 2.2 does not`);
    }
  }
  const methods = list('code_challenge_methods_supported');
  if (!methods.includes('S256') || methods.includes('plain')) {
    throw fault(`${where}.code_challenge_methods_supported`, 'has to hold S256 and not plain');
  }
  const capabilities = list('capabilities');
  const launches = capabilities.includes('launch-ehr') || capabilities.includes('launch-standalone');
  if (launches && declared['authorization_endpoint'] === undefined) {
    throw fault(where, 'claims to launch apps, for which it needs an authorization_endpoint');
  }
  const algorithms = list('token_endpoint_auth_signing_alg_values_supported');
  const signs = algorithms.includes('RS384') || algorithms.includes('ES384');
  if (capabilities.includes('client-confidential-asymmetric') && !signs) {
    throw fault(where, 'claims client-confidential-asymmetric, for which its signing algorithms need RS384 or ES384');
  }
}

function endpoint(value: unknown, where: string): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value)) return value;
  throw fault(where, 'has to be an absolute URL');
}
