import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticator } from '../../lib/auth/authenticate.ts';
import { authorizationServerOf } from '../../lib/auth/authorization-server.ts';
import { issuersOf } from '../../lib/auth/issuers.ts';
import { facadeConfiguration } from '../../lib/cognito/discovery.ts';
import { AUTH_BASE, type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import { attempt, authorizeApp, basic, choose, codeForm, PUBLIC_APP, post } from '../support/smart-app.ts';

let under: FacadeUnderTest;

beforeAll(async () => {
  under = await startFacade();
  under.cognito.users.set('dr1', { 'custom:fhirUser': 'Practitioner/dr1' });
  under.cognito.signedIn = 'dr1';
});
afterAll(() => under.close());

describe('an archive that trusts the user pool', () => {
  it("knows an app's person and patient, and a backend service, by the façade's tokens", async () => {
    const app = await under.client(PUBLIC_APP);
    const backend = await under.client({
      client_name: 'Backend',
      grant_type: 'client_credentials',
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'system/Observation.rs',
    });
    const entry = {
      issuer: under.cognito.issuer,
      audience: FHIR_BASE,
      clientIds: [app, backend],
      smart: facadeConfiguration(AUTH_BASE),
    };
    const authenticate = authenticator(issuersOf(JSON.stringify([entry])));
    const asked = attempt(app, 'openid fhirUser launch/patient patient/Observation.rs user/Observation.rs');
    const arrived = await choose(under, await authorizeApp(under, asked), 'HG00403');
    const { json } = await post(under, 'token', codeForm(asked, arrived));
    const principal = await authenticate(`Bearer ${json['access_token']}`);
    expect(principal).toMatchObject({
      clientId: app,
      patient: 'HG00403',
      fhirUser: { type: 'Practitioner', id: 'dr1' },
      machine: false,
    });
    expect(principal.scopes).toEqual(expect.arrayContaining(['patient/Observation.rs', 'user/Observation.rs']));
    const form = { grant_type: 'client_credentials', scope: 'system/Observation.rs' };
    const own = await post(under, 'token', form, basic(under, backend));
    expect(await authenticate(`Bearer ${own.json['access_token']}`)).toMatchObject({
      clientId: backend,
      machine: true,
      scopes: ['system/Observation.rs'],
    });
    await expect(authenticate(`Bearer ${json['id_token']}`)).rejects.toThrow();
  });

  it('advertises what the façade does', () => {
    const { issuer } = under.cognito;
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    const told = authorizationServerOf(facadeConfiguration(AUTH_BASE), { issuer, jwksUri, where: 'smart' });
    expect(told).toMatchObject({ issuer, jwks_uri: jwksUri, token_endpoint: `${AUTH_BASE}/token` });
  });
});
