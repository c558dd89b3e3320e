import { authorizationServerOf } from '../auth/authorization-server.ts';
import { type Issuer, issuerOf } from '../auth/issuers.ts';
import { publicKey } from './keys.ts';
import { AUTH_PATH, LIFETIME, type ProviderOptions, ROUTES } from './settings.ts';

/** What SMART discovery may say of this authorization server: what it does, and no more. */
const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-ehr-patient',
  'context-standalone-patient',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
];

const SCOPES = [
  'openid',
  'fhirUser',
  'launch',
  'launch/patient',
  'online_access',
  'offline_access',
  'patient/Observation.rs',
  'user/Observation.rs',
  'user/Patient.rs',
  'system/Observation.rs',
  'system/Patient.rs',
];

/** How the FHIR server checks the tokens of this authorization server; the keys are at hand, so nothing is fetched. */
export function issuerOfTokens({ origin, base, keys }: ProviderOptions): Issuer {
  const issuer = origin + AUTH_PATH;
  const where = 'the development authorization server';
  const entry = {
    issuer,
    jwks: { keys: [publicKey(keys.signing)] },
    audience: base,
    maxLifetimeSeconds: LIFETIME.most,
    requireTyp: 'at+jwt',
  };
  const declared = {
    authorization_endpoint: issuer + ROUTES.authorization,
    token_endpoint: issuer + ROUTES.token,
    introspection_endpoint: issuer + ROUTES.introspection,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    scopes_supported: SCOPES,
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    code_challenge_methods_supported: ['S256'],
    capabilities: CAPABILITIES,
  };
  return {
    ...issuerOf(entry, where),
    smart: authorizationServerOf(declared, { issuer, jwksUri: issuer + ROUTES.jwks, where }),
  };
}
