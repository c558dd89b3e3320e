import { ASSERTION_ALGORITHMS } from './signing-keys.ts';

/**
 * What `.well-known/smart-configuration` says of an archive whose authorization server is this façade: what it does and
 * nothing else. `issuer` and `jwks_uri`, which belong beside it, are the user pool's, which signs the tokens.
 *
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
 */
export function facadeConfiguration(authBase: string) {
  return {
    authorization_endpoint: `${authBase}/authorize`,
    token_endpoint: `${authBase}/token`,
    introspection_endpoint: `${authBase}/introspect`,
    revocation_endpoint: `${authBase}/revoke`,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    scopes_supported: [
      'openid',
      'fhirUser',
      'launch',
      'launch/patient',
      'offline_access',
      'patient/Observation.rs',
      'user/Observation.rs',
      'user/Patient.rs',
      'system/Observation.rs',
      'system/Patient.rs',
    ],
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-banner',
      'context-ehr-patient',
      'context-ehr-encounter',
      'context-standalone-patient',
      'permission-offline',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  } as const;
}
