import type { JWTHeaderParameters } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { authenticator } from '../../lib/auth/authenticate.ts';
import { InvalidTokenError } from '../../lib/auth/errors.ts';
import { issuersOf } from '../../lib/auth/issuers.ts';
import type { Principal } from '../../lib/auth/principal.ts';
import { AUDIENCE, inSeconds, type SigningKey, sign, signingKey } from '../support/tokens.ts';

// Claims as the servers' documentation shows them; values are invented.

type Claims = Readonly<Record<string, unknown>>;

interface Shape {
  /** As an operator would write it in `GENOMICS_ISSUERS`. */
  readonly issuer: Claims & { readonly issuer: string };
  readonly header?: Partial<JWTHeaderParameters>;
  /** A person's access token, and what has to be understood of it. */
  readonly person: { readonly claims: Claims; readonly principal: Partial<Principal> };
  /** A program's access token (client_credentials). */
  readonly program: { readonly claims: Claims; readonly principal: Partial<Principal> };
  /** Tokens of the same server and key that are no access tokens for this archive. */
  readonly refused: Readonly<Record<string, Claims>>;
}

const hour = () => ({ iat: inSeconds(-30), exp: inSeconds(3_500) });

const COGNITO = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI';
const cognito = (changes: Claims): Claims => ({
  iss: COGNITO,
  client_id: '5abcdefghijklmnopqrstuvwx1',
  origin_jti: '8e1b2f0a',
  event_id: '64f513be',
  token_use: 'access',
  auth_time: inSeconds(-30),
  jti: '3b6f2d61',
  version: 2,
  ...hour(),
  ...changes,
});

const KEYCLOAK = 'https://sso.hospital.example/realms/hospital';
const keycloak = (changes: Claims): Claims => ({
  iss: KEYCLOAK,
  aud: [AUDIENCE, 'account'],
  typ: 'Bearer',
  azp: 'genome-viewer',
  jti: 'onrtac:1f0c',
  acr: '1',
  'allowed-origins': ['https://app.example'],
  realm_access: { roles: ['offline_access'] },
  ...hour(),
  ...changes,
});

const AUTH0 = 'https://hospital.eu.auth0.com/';
const auth0 = (changes: Claims): Claims => ({ iss: AUTH0, azp: 'nX2l9QkT', ...hour(), ...changes });

const OKTA = 'https://hospital.okta.com/oauth2/aus1a2b3c4';
const okta = (changes: Claims): Claims => ({
  ver: 1,
  jti: 'AT.0mP4JKAZX1iAC',
  iss: OKTA,
  aud: AUDIENCE,
  cid: '0oa1b2c3d4',
  ...hour(),
  ...changes,
});

const ENTRA = 'https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0';
const entra = (changes: Claims): Claims => ({
  aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
  iss: ENTRA,
  nbf: inSeconds(-30),
  tid: '9122040d-6c67-4c5b-b112-36a304b66dad',
  uti: 'Xk2',
  ver: '2.0',
  azp: 'd1f0a7c2-8d0c-4d0e-9a53-1c2f3b4d5e6f',
  azpacr: '0',
  iat: inSeconds(-30),
  exp: inSeconds(5_200),
  ...changes,
});

const SHAPES: Readonly<Record<string, Shape>> = {
  Cognito: {
    issuer: { issuer: COGNITO, clientIds: ['5abcdefghijklmnopqrstuvwx1'], audience: AUDIENCE },
    person: {
      claims: cognito({
        sub: 'b3b4c5d6-0000-4000-8000-000000000001',
        username: 'b3b4c5d6-0000-4000-8000-000000000001',
        'cognito:groups': ['clinicians'],
        scope: 'openid user/Observation.rs launch/patient',
        fhirUser: 'Practitioner/dr1',
        patient: 'HG00403',
      }),
      principal: {
        clientId: '5abcdefghijklmnopqrstuvwx1',
        scopes: ['openid', 'user/Observation.rs', 'launch/patient'],
        fhirUser: { type: 'Practitioner', id: 'dr1' },
        patient: 'HG00403',
        machine: false,
      },
    },
    program: {
      claims: cognito({ sub: '5abcdefghijklmnopqrstuvwx1', scope: 'system/Observation.rs' }),
      principal: { scopes: ['system/Observation.rs'], machine: true },
    },
    refused: {
      'an ID token': cognito({ token_use: 'id', aud: '5abcdefghijklmnopqrstuvwx1', 'cognito:username': 'dr1' }),
      'of another pool': cognito({ iss: COGNITO.replace('AbC', 'XyZ'), sub: 'u' }),
      'of another region': cognito({ iss: COGNITO.replace('eu-central-1.', 'us-east-1.'), sub: 'u' }),
      'for another client': cognito({ client_id: 'other', sub: 'other' }),
      'for another resource': cognito({ sub: 'u', aud: 'https://other.example' }),
    },
  },
  Keycloak: {
    issuer: { issuer: KEYCLOAK, jwksUri: undefined, audience: AUDIENCE },
    person: {
      claims: keycloak({
        sub: '6b1c',
        sid: '77',
        scope: 'openid profile launch/patient patient/Observation.rs',
        preferred_username: 'hg00403',
        name: 'A Patient',
        patient: 'HG00403',
      }),
      principal: {
        clientId: 'genome-viewer',
        subject: '6b1c',
        scopes: ['openid', 'profile', 'launch/patient', 'patient/Observation.rs'],
        patient: 'HG00403',
        machine: false,
      },
    },
    program: {
      claims: keycloak({
        azp: 'nightly',
        client_id: 'nightly',
        sub: '41d2',
        scope: 'system/Observation.rs system/Patient.rs',
        preferred_username: 'service-account-nightly',
        clientHost: '192.0.2.1',
        clientAddress: '192.0.2.1',
      }),
      principal: { clientId: 'nightly', machine: true, scopes: ['system/Observation.rs', 'system/Patient.rs'] },
    },
    refused: {
      'an ID token': keycloak({ typ: 'ID', aud: 'genome-viewer', at_hash: 'x' }),
      'a refresh token': keycloak({ typ: 'Refresh', aud: KEYCLOAK }),
      'bound to a key': keycloak({ typ: 'DPoP', cnf: { jkt: 'x' } }),
      'for another service': keycloak({ aud: 'account' }),
    },
  },
  Auth0: {
    issuer: {
      issuer: AUTH0,
      audience: AUDIENCE,
      claims: { fhirUser: `${AUDIENCE}/fhirUser`, patient: `${AUDIENCE}/patient` },
    },
    header: { typ: 'at+jwt' },
    person: {
      claims: auth0({
        sub: 'auth0|64a1',
        aud: [AUDIENCE, `${AUTH0}userinfo`],
        scope: 'openid user/*.rs',
        [`${AUDIENCE}/fhirUser`]: `${AUDIENCE}/PractitionerRole/r7`,
      }),
      principal: {
        clientId: 'nX2l9QkT',
        scopes: ['openid', 'user/*.rs'],
        fhirUser: { type: 'PractitionerRole', id: 'r7', base: AUDIENCE },
        machine: false,
      },
    },
    program: {
      claims: auth0({
        azp: 'm2m123',
        sub: 'm2m123@clients',
        aud: AUDIENCE,
        scope: 'system/Observation.s',
        gty: 'client-credentials',
      }),
      principal: { clientId: 'm2m123', machine: true },
    },
    refused: {
      'an ID token': { iss: AUTH0, sub: 'auth0|64a1', aud: 'nX2l9QkT', nonce: 'n', ...hour() },
      'for the management API': auth0({ sub: 'm2m123@clients', aud: `${AUTH0}api/v2/` }),
    },
  },
  Okta: {
    issuer: {
      issuer: OKTA,
      audience: AUDIENCE,
      claims: { scope: 'scp', patient: 'launch_response_patient', clientId: 'cid' },
    },
    person: {
      claims: okta({
        uid: '00u1b2c3',
        sub: 'dr1@hospital.example',
        scp: ['openid', 'launch/patient', 'patient/Observation.rs'],
        launch_response_patient: 'Patient/HG00403',
        fhirUser: 'Practitioner/dr1',
      }),
      principal: {
        clientId: '0oa1b2c3d4',
        scopes: ['openid', 'launch/patient', 'patient/Observation.rs'],
        patient: 'HG00403',
        machine: false,
      },
    },
    program: {
      claims: okta({ sub: '0oa1b2c3d4', scp: ['system/Observation.rs'] }),
      principal: { machine: true, scopes: ['system/Observation.rs'] },
    },
    refused: {
      'an ID token': { ...okta({ aud: '0oa1b2c3d4', sub: '00u1b2c3', amr: ['pwd'], at_hash: 'x' }), cid: undefined },
      'of the organisation server': okta({ iss: 'https://hospital.okta.com', scp: ['openid'] }),
    },
  },
  'Entra ID': {
    issuer: {
      issuer: ENTRA,
      audience: ['6e74172b-be56-4843-9ff4-e66a39bb12e3', AUDIENCE],
      claims: { scope: ['scp', 'roles'], fhirUser: 'extn.fhirUser' },
      maxLifetimeSeconds: 5_400,
      percentEncodedScopes: true,
    },
    person: {
      claims: entra({
        sub: 'AAAAAAAA',
        oid: '0f1e',
        name: 'A Clinician',
        preferred_username: 'dr1@hospital.example',
        scp: 'user%2fObservation.rs user%2FPatient.rs',
        'extn.fhirUser': 'Practitioner/dr1',
      }),
      principal: {
        scopes: ['user/Observation.rs', 'user/Patient.rs'],
        fhirUser: { type: 'Practitioner', id: 'dr1' },
        machine: false,
      },
    },
    program: {
      claims: entra({ sub: '0f1e', oid: '0f1e', idtyp: 'app', roles: ['system%2fObservation.rs'] }),
      principal: { scopes: ['system/Observation.rs'], machine: true },
    },
    refused: {
      'an ID token': {
        ...entra({ aud: 'd1f0a7c2', sub: 'AAAAAAAA', nonce: 'n', name: 'A Clinician' }),
        azp: undefined,
      },
      'of another tenant': entra({ iss: 'https://login.microsoftonline.com/other/v2.0', scp: 'user%2f*.rs' }),
      'for Microsoft Graph': entra({ aud: '00000003-0000-0000-c000-000000000000', scp: 'User.Read' }),
    },
  },
};

let key: SigningKey;
beforeAll(async () => {
  key = await signingKey('k1');
});

/** All issuers of the table together, as one archive would have them. */
function authenticate(header: string) {
  const entries = Object.values(SHAPES).map(({ issuer }) => ({ ...issuer, jwks: { keys: [key.publicJwk] } }));
  return authenticator(issuersOf(JSON.stringify(entries)))(header);
}

describe.each(Object.entries(SHAPES))('tokens of %s', (_, { issuer, header = {}, person, program, refused }) => {
  const bearer = async (claims: Claims) => `Bearer ${await sign(key, definedOf(claims), header)}`;

  it("a person's", async () => {
    const principal = await authenticate(await bearer(person.claims));
    expect(principal).toMatchObject({ issuer: issuer.issuer, ...person.principal });
  });

  it("a program's", async () => {
    const principal = await authenticate(await bearer(program.claims));
    expect(principal).toMatchObject({ issuer: issuer.issuer, ...program.principal });
    expect(principal.fhirUser).toBeUndefined();
  });

  it.each(Object.entries(refused))('%s is none', async (_name, claims) => {
    await expect(authenticate(await bearer(claims))).rejects.toThrow(InvalidTokenError);
  });

  it('without an expiry is none', async () => {
    await expect(authenticate(await bearer({ ...person.claims, exp: undefined }))).rejects.toThrow(InvalidTokenError);
  });
});

const definedOf = (claims: Claims) =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));

describe('a person is never taken for a program', () => {
  it.each([
    [
      'a fhirUser in a token that names the client as its subject',
      okta({ sub: '0oa1b2c3d4', scp: ['system/*.rs'], fhirUser: 'Practitioner/dr1' }),
    ],
    [
      'Keycloak: a person who calls themselves a service account',
      keycloak({
        sub: '99',
        scope: 'system/*.rs',
        preferred_username: 'service-account-genome-viewer',
      }),
    ],
    [
      'Cognito: a person whose token asks for system scopes',
      cognito({ sub: 'u', username: 'u', scope: 'system/*.rs' }),
    ],
    ['Okta: a person named as the client', okta({ sub: '0oa1b2c3d4', uid: '00u1', scp: ['system/*.rs'] })],
    ['Entra ID: without the claim that tells programs', entra({ sub: '0f1e', oid: '0f1e', roles: ['system%2f*.rs'] })],
    ['Auth0: with a name of their own', auth0({ sub: 'auth0|m2m@clients', aud: AUDIENCE, scope: 'system/*.rs' })],
  ])('%s', async (_, claims) => {
    expect((await authenticate(`Bearer ${await sign(key, claims)}`)).machine).toBe(false);
  });
});
