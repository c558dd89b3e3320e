import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unregister } from '../../lib/cognito/registration.ts';
import { type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import { attempt, authorizeApp, basic, choose, claimsOf, codeForm, PUBLIC_APP, post } from '../support/smart-app.ts';

let under: FacadeUnderTest;
let app: string;
let server: string;
let backend: string;

const BACKEND = {
  client_name: 'Backend',
  grant_type: 'client_credentials',
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'system/Observation.rs',
};

beforeAll(async () => {
  under = await startFacade();
  app = await under.client({ ...PUBLIC_APP, token_endpoint_auth_method: 'client_secret_basic' });
  server = await under.client({ ...BACKEND, introspection: true });
  backend = await under.client(BACKEND);
  under.cognito.users.set('dr1', { 'custom:fhirUser': `${FHIR_BASE}/Practitioner/dr1` });
  under.cognito.signedIn = 'dr1';
});
afterAll(() => under.close());

const INACTIVE = { active: false };
const SCOPE = 'openid fhirUser launch/patient offline_access patient/Observation.rs';

async function userTokens(): Promise<Record<string, unknown>> {
  const asked = attempt(app, SCOPE);
  const arrived = await choose(under, await authorizeApp(under, asked), 'HG00403');
  return (await post(under, 'token', codeForm(asked, arrived), basic(under, app))).json;
}

async function backendToken(clientId: string): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: 'system/Observation.rs' };
  return String((await post(under, 'token', form, basic(under, clientId))).json['access_token']);
}

function introspect(token: unknown, headers = basic(under, server)) {
  return post(under, 'introspect', { token: String(token) }, headers);
}

describe('an active token', () => {
  it('is told with its scopes, its times and the launch context of the token response', async () => {
    const tokens = await userTokens();
    const { exp, iat, sub } = claimsOf(tokens['access_token']);
    const { status, json, reply } = await introspect(tokens['access_token']);
    expect(status).toBe(200);
    expect(new Set(String(json['scope']).split(' '))).toEqual(new Set(SCOPE.split(' ')));
    expect({ ...json, scope: SCOPE }).toEqual({
      active: true,
      scope: SCOPE,
      client_id: app,
      exp,
      iat,
      iss: under.cognito.issuer,
      sub,
      fhirUser: `${FHIR_BASE}/Practitioner/dr1`,
      token_type: 'Bearer',
      patient: 'HG00403',
      need_patient_banner: true,
    });
    expect(reply.headers).toMatchObject({ 'Cache-Control': 'no-store' });
  });

  it('may be of a backend service', async () => {
    const { json } = await introspect(await backendToken(backend));
    expect(json).toMatchObject({ active: true, client_id: backend, sub: backend, scope: 'system/Observation.rs' });
    expect(json).not.toHaveProperty('patient');
  });

  it("may be asked about by its own client, or with an access token of a resource server's", async () => {
    const tokens = await userTokens();
    expect((await introspect(tokens['access_token'], basic(under, app))).json).toMatchObject({ active: true });
    const headers = { Authorization: `Bearer ${await backendToken(server)}` };
    expect((await introspect(tokens['access_token'], headers)).json).toMatchObject({ active: true });
  });
});

describe('nothing but inactive is told', () => {
  it('to a client about the tokens of another', async () => {
    const tokens = await userTokens();
    expect((await introspect(tokens['access_token'], basic(under, backend))).json).toEqual(INACTIVE);
  });

  it('of what is no access token of this pool', async () => {
    const tokens = await userTokens();
    const claims = claimsOf(tokens['access_token']);
    const [header, payload, signature] = String(tokens['access_token']).split('.');
    const { exp: _, ...withoutEnd } = claims;
    const now = Math.floor(Date.now() / 1000);
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const changed = Buffer.from(JSON.stringify({ ...claims, patient: 'HG00406' })).toString('base64url');
    for (const bad of [
      'x',
      tokens['id_token'],
      tokens['refresh_token'],
      `${none}.${payload}.`,
      `${header}.${changed}.${signature}`,
      `${tokens['access_token']}\n`,
      await under.cognito.sign({ ...claims, exp: now - 1 }),
      await under.cognito.sign({ ...claims, iss: 'https://cognito-idp.local.amazonaws.com/other' }),
      await under.cognito.sign({ ...claims, token_use: 'id' }),
      await under.cognito.sign({ ...claims, client_id: 'unknown' }),
      await under.cognito.sign({ ...claims, grant_id: 'A'.repeat(43) }),
      await under.cognito.sign({ ...claims, grant_id: undefined }),
      await under.cognito.sign(withoutEnd),
    ]) {
      expect((await introspect(bad)).json, String(bad)).toEqual(INACTIVE);
    }
    expect((await introspect(tokens['access_token'])).json).toMatchObject({ active: true });
  });

  it('of a revoked token, and of one whose client is gone', async () => {
    const tokens = await userTokens();
    await post(under, 'revoke', { token: String(tokens['refresh_token']) }, basic(under, app));
    expect((await introspect(tokens['access_token'])).json).toEqual(INACTIVE);
    const others = await userTokens();
    await post(under, 'revoke', { token: String(others['access_token']) }, basic(under, app));
    expect((await introspect(others['access_token'])).json).toEqual(INACTIVE);
    const gone = await under.client(BACKEND);
    const token = await backendToken(gone);
    await unregister(under.facade.items, gone);
    expect((await introspect(token)).json).toEqual(INACTIVE);
  });
});

describe('who may not ask', () => {
  it('is refused before the token is looked at', async () => {
    const publicApp = await under.client(PUBLIC_APP);
    const token = await backendToken(backend);
    const bearer = { Authorization: `Bearer ${token}` };
    const asPublic = await post(under, 'introspect', { token, client_id: publicApp });
    expect([asPublic.status, asPublic.json['error']]).toEqual([401, 'invalid_client']);
    expect((await post(under, 'introspect', { token })).status).toBe(400);
    const refused = await introspect(token, bearer);
    expect([refused.status, refused.reply.headers?.['WWW-Authenticate']]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });
});

describe('when the pool changes its keys', () => {
  it('tokens of the new one are known at once, those of the old one for five minutes', async () => {
    const old = await backendToken(backend);
    expect((await introspect(old)).json).toMatchObject({ active: true });
    await under.cognito.rotateKey();
    const next = await backendToken(backend);
    expect((await introspect(next)).json).toMatchObject({ active: true });
    under.ahead = 301;
    expect((await introspect(next)).json).toMatchObject({ active: true });
    expect((await introspect(old)).json).toEqual(INACTIVE);
    under.ahead = 0;
  });
});

describe('when the keys of the pool can not be read', () => {
  it('a token is neither active nor inactive', async () => {
    const cold = await startFacade();
    const asker = await cold.client({ ...BACKEND, introspection: true });
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: cold.cognito.issuer, sub: asker, client_id: asker, token_use: 'access', exp: now + 60 };
    const token = await cold.cognito.sign(claims);
    // The asker's secret is known by then, the keys are not.
    expect((await post(cold, 'introspect', { token: 'x' }, basic(cold, asker))).json).toEqual(INACTIVE);
    cold.cognito.down = true;
    const { status, json } = await post(cold, 'introspect', { token }, basic(cold, asker));
    expect([status, json['error']]).toEqual([503, 'temporarily_unavailable']);
    cold.cognito.down = false;
    expect((await post(cold, 'introspect', { token }, basic(cold, asker))).json).toMatchObject({ active: true });
    await cold.close();
  });
});
