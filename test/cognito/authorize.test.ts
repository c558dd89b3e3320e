import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUTH_BASE, type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import { attempt, authorizeApp, begin, codeForm, PUBLIC_APP, post, throughCognito } from '../support/smart-app.ts';

let under: FacadeUnderTest;
let app: string;

beforeAll(async () => {
  under = await startFacade();
  app = await under.client(PUBLIC_APP);
  under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
  under.cognito.signedIn = 'anna';
});
afterAll(() => under.close());

const SCOPE = 'openid launch/patient patient/Observation.rs';

describe('the way to Cognito', () => {
  it("has the façade's own state, nonce and PKCE, asks for the audience, and nothing of the app's", async () => {
    const asked = attempt(app, SCOPE);
    const { location, cookie } = await begin(under, asked);
    const sent = Object.fromEntries(location?.searchParams ?? []);
    expect(sent).toMatchObject({
      response_type: 'code',
      client_id: app,
      redirect_uri: `${AUTH_BASE}/callback`,
      scope: 'openid',
      resource: FHIR_BASE,
      code_challenge_method: 'S256',
    });
    expect(sent['state']).not.toBe(asked.parameters['state']);
    expect(sent['code_challenge']).not.toBe(asked.parameters['code_challenge']);
    expect(cookie).toMatch(/^__Host-sign-in-/);
  });

  it('asks Cognito to sign somebody else in, when the app does', async () => {
    const { location } = await begin(under, attempt(app, SCOPE, { prompt: 'login' }));
    expect(location?.searchParams.get('prompt')).toBe('login');
    const refused = await begin(under, attempt(app, SCOPE, { prompt: 'login&scope=x' }));
    expect(refused.location?.searchParams.get('error')).toBe('invalid_request');
  });

  it('sets a cookie that scripts and other sites do not get', async () => {
    const { reply } = await begin(under, attempt(app, SCOPE));
    expect(reply.headers?.['Set-Cookie']).toMatch(/; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/);
  });
});

describe('a request that is not sent anywhere', () => {
  it.each([
    ['no client', { client_id: undefined }],
    ['unknown client', { client_id: 'unknown' }],
    ['a client id that is a path', { client_id: '../client' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['a longer path', { redirect_uri: 'https://app.example/callback/x' }],
    ['a prefix of a host', { redirect_uri: 'https://app.example.evil.test/callback' }],
    ['user info', { redirect_uri: 'https://app.example@evil.test/callback' }],
    ['another scheme', { redirect_uri: 'http://app.example/callback' }],
    ['a query', { redirect_uri: 'https://app.example/callback?x=1' }],
    ['a fragment', { redirect_uri: 'https://app.example/callback#x' }],
    ['letter case', { redirect_uri: 'https://app.example/Callback' }],
    ['a dot segment', { redirect_uri: 'https://app.example/x/../callback' }],
    ['percent-encoding', { redirect_uri: 'https://app.example/%63allback' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
    ['another port of a loopback URI', { redirect_uri: 'http://127.0.0.1:9999/' }],
  ])('%s', async (_, changes: Record<string, string | undefined>) => {
    const { reply, location } = await begin(under, attempt(app, SCOPE, changes));
    expect([400, 401]).toContain(reply.statusCode);
    expect(location).toBeUndefined();
    expect(reply.body).not.toContain('evil');
  });

  it('has a parameter twice', async () => {
    const form = `${new URLSearchParams(attempt(app, SCOPE).parameters)}&redirect_uri=https%3A%2F%2Fevil.test%2F`;
    const reply = await under.call('authorize', { form });
    expect([reply.statusCode, reply.headers?.['Location']]).toEqual([400, undefined]);
  });
});

describe('a refusal that the app is told', () => {
  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['unsupported_response_type', { response_type: 'code id_token' }],
    ['invalid_request', { response_type: undefined }],
    ['invalid_request', { aud: undefined }],
    ['invalid_request', { aud: 'https://other.example/fhir' }],
    ['invalid_request', { aud: `${FHIR_BASE}/auth` }],
    ['invalid_request', { aud: `${FHIR_BASE}@evil.test` }],
    ['invalid_request', { aud: FHIR_BASE, resource: 'https://other.example/fhir' }],
    ['invalid_request', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', { code_challenge_method: undefined }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_request', { scope: undefined }],
    ['invalid_scope', { scope: 'patient/Observation.rs  openid' }],
    ['invalid_scope', { scope: 'patient/Observation.rs\n' }],
    ['invalid_scope', { scope: 'patient/Observation.sr' }],
    ['invalid_scope', { scope: 'patient/Patient.rs patient/Observation.cruds system/Observation.rs online_access' }],
  ])('%s for %j', async (error, changes: Record<string, string | undefined>) => {
    const asked = attempt(app, SCOPE, changes);
    const { location } = await begin(under, asked);
    expect(location?.origin).toBe('https://app.example');
    expect(location?.searchParams.get('error')).toBe(error);
    expect(location?.searchParams.get('state')).toBe(asked.parameters['state']);
    expect(location?.searchParams.has('code')).toBe(false);
  });

  it('also without a state', async () => {
    const { location } = await begin(under, attempt(app, SCOPE, { state: undefined }));
    expect(location?.searchParams.get('error')).toBe('invalid_request');
  });

  it('when the person cancels, and when Cognito is down', async () => {
    under.cognito.signedIn = undefined;
    const cancelled = await authorizeApp(under, attempt(app, SCOPE));
    expect(cancelled.location?.searchParams.get('error')).toBe('access_denied');
    under.cognito.signedIn = 'anna';
    const begun = await begin(under, attempt(app, SCOPE));
    const back = new URL((await fetch(begun.location!, { redirect: 'manual' })).headers.get('location')!);
    under.cognito.down = true;
    const query = Object.fromEntries(back.searchParams);
    const reply = await under.call('callback', { query, headers: { Cookie: begun.cookie } });
    under.cognito.down = false;
    expect(String(reply.headers?.['Location'])).toContain('error=temporarily_unavailable');
  });
});

describe('the way back', () => {
  it('is open to the browser that began, once', async () => {
    const [victim, attacker] = [await begin(under, attempt(app, SCOPE)), await begin(under, attempt(app, SCOPE))];
    const back = new URL((await fetch(attacker.location!, { redirect: 'manual' })).headers.get('location')!);
    const query = Object.fromEntries(back.searchParams);
    for (const Cookie of ['', victim.cookie, `${attacker.cookie}x`]) {
      expect((await under.call('callback', { query, headers: { Cookie } })).statusCode).toBe(400);
    }
    const headers = { Cookie: `other=1; ${attacker.cookie}` };
    expect((await under.call('callback', { query, headers })).statusCode).toBe(303);
    expect((await under.call('callback', { query, headers })).statusCode).toBe(400);
  });

  it("ends at the façade's patience", async () => {
    const begun = await begin(under, attempt(app, SCOPE));
    under.ahead = 601;
    expect((await throughCognito(under, begun)).reply.statusCode).toBe(400);
    under.ahead = 0;
  });

  it('takes no code that Cognito did not give for this sign-in', async () => {
    const [one, two] = [await begin(under, attempt(app, SCOPE)), await begin(under, attempt(app, SCOPE))];
    const back = async (location: URL) =>
      new URL((await fetch(location, { redirect: 'manual' })).headers.get('location')!).searchParams;
    const [first, second] = [await back(one.location!), await back(two.location!)];
    const query = { state: first.get('state')!, code: second.get('code')! };
    const reply = await under.call('callback', { query, headers: { Cookie: one.cookie } });
    expect(String(reply.headers?.['Location'])).toContain('error=access_denied');
  });

  it('takes no id token of another sign-in', async () => {
    const begun = await begin(under, attempt(app, SCOPE));
    begun.location?.searchParams.set('nonce', 'of another sign-in');
    const { location } = await throughCognito(under, begun);
    expect(location?.searchParams.get('error')).toBe('access_denied');
  });

  it('says what to do when no cookie comes back', async () => {
    const begun = await begin(under, attempt(app, SCOPE));
    const { reply } = await throughCognito(under, { ...begun, cookie: '' });
    expect(reply.body).toContain('start again');
    expect(reply.headers?.['Content-Type']).toContain('text/html');
  });
});

describe('methods and bodies', () => {
  it('are those that the endpoint has', async () => {
    expect((await under.call('authorize', { method: 'PUT' })).statusCode).toBe(405);
    expect((await under.call('token', { method: 'GET' })).headers?.['Allow']).toBe('POST, OPTIONS');
    const headers = { 'Content-Type': 'application/json' };
    const reply = await under.call('token', { form: '{}', headers });
    expect(JSON.parse(reply.body)).toMatchObject({ error: 'invalid_request' });
  });

  it('answer browsers of registered origins, and others not', async () => {
    const preflight = await under.call('token', { method: 'OPTIONS', headers: { Origin: 'https://app.example' } });
    expect(preflight.headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://app.example',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept',
    });
    const asked = attempt(app, SCOPE);
    const form = codeForm(asked, await authorizeApp(under, asked));
    const evil = await post(under, 'token', { ...form, code: 'x' }, { Origin: 'https://evil.test' });
    expect(evil.reply.headers).not.toHaveProperty('Access-Control-Allow-Origin');
    const failed = await post(under, 'token', { ...form, code: 'x' }, { Origin: 'https://app.example' });
    expect(failed.reply.headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://app.example' });
    const { status, reply } = await post(under, 'token', form, { Origin: 'https://app.example' });
    expect([status, reply.headers?.['Access-Control-Allow-Origin']]).toEqual([200, 'https://app.example']);
  });
});
