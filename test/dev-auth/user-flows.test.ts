import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { type ServerWithPeople, startWithDevelopmentServer } from '../support/development-server.ts';
import { ASSERTION_TYPE, backendAssertion, type Page, personAt, post } from '../support/oauth-client.ts';

let archive: TemporaryArchive;
let server: ServerWithPeople;

beforeAll(async () => {
  archive = await temporaryArchive();
  await storeStudy(archive, {
    id: 'flows',
    subjects: new Map([['demo-cyp2c19', [{ input: 0, sample: 'S' }]]]),
    variants: { '10': [variantRow(94_781_858, 'G', 'A', { subject: 'demo-cyp2c19' })] },
  });
  server = await startWithDevelopmentServer(archive.ports);
});

afterAll(async () => {
  await server.close();
  await archive.remove();
});

/** Signs in as someone and allows, with a record where one is asked for. */
async function allowed(
  person: ReturnType<typeof personAt>,
  who: string,
  patient?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Page & { readonly verifier: string }> {
  const asked = await person.authorize(more);
  const consent = await person.submit(asked, { person: who });
  const fields = { decision: 'allow', ...(patient === undefined ? {} : { patient }) };
  const end = consent.sentTo === undefined ? await person.submit(consent, fields) : consent;
  return { ...end, verifier: asked.verifier };
}

const exchange = ({ sentTo, verifier }: Page & { readonly verifier: string }, more = {}) =>
  post(server, '/auth/token', {
    grant_type: 'authorization_code',
    client_id: 'genome',
    redirect_uri: `${server.origin}/genome/`,
    code: sentTo?.searchParams.get('code') ?? '',
    code_verifier: verifier,
    ...more,
  });

const ask = (token: unknown, subject: string): Promise<Response> =>
  fetch(`${server.url}/$find-subject-variants?subject=${subject}&ranges=NC_000010.11:94762680-94855547`, {
    headers: { Authorization: `Bearer ${token}` },
  });

describe('a standalone launch', () => {
  it('ends in a token for the record that was chosen, and for no other', async () => {
    const end = await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19');
    expect(end.sentTo?.searchParams.get('state')).toBe('a-state');
    const { status, body, headers } = await exchange(end);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('pragma')).toBe('no-cache');
    expect(body).toMatchObject({
      token_type: 'Bearer',
      scope: 'launch/patient openid fhirUser patient/Observation.rs',
      patient: 'demo-cyp2c19',
      need_patient_banner: true,
      expires_in: 900,
    });
    expect(body['refresh_token']).toBeUndefined();
    const token = String(body['access_token']);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect(decodeJwt(token)).toMatchObject({
      iss: `${server.origin}/auth`,
      aud: server.url,
      sub: 'dev-clinician',
      client_id: 'genome',
      patient: 'demo-cyp2c19',
      fhirUser: `${server.url}/Practitioner/dev-clinician`,
    });
    expect(decodeJwt(String(body['id_token']))).toMatchObject({
      aud: 'genome',
      fhirUser: `${server.url}/Practitioner/dev-clinician`,
    });
    expect((await ask(token, 'demo-cyp2c19')).status).toBe(200);
    expect((await ask(token, 'demo-carrier')).status).toBe(403);
    // An ID token and a refresh token are no access tokens.
    expect((await ask(body['id_token'], 'demo-cyp2c19')).status).toBe(401);
  });

  it('asks again when no record, or no possible one, is chosen', async () => {
    const person = personAt(server);
    const consent = await person.submit(await person.authorize(), { person: 'dev-clinician' });
    expect(consent.text).not.toContain('checked');
    const again = await person.submit(consent, { decision: 'allow' });
    expect(again.text).toContain('Choose a record.');
    const impossible = await person.submit(again, { decision: 'allow', other: 'a/b"><script>' });
    expect(impossible.text).toContain('A subject id has');
    expect(impossible.text).not.toContain('<script>');
  });

  it('gives a patient nobody else’s record, whatever the form says', async () => {
    const end = await allowed(personAt(server), 'demo-cyp2c19', 'demo-carrier', {
      scope: 'launch/patient patient/Observation.rs user/Observation.rs system/Observation.rs',
    });
    const { body } = await exchange(end);
    expect(body).toMatchObject({ patient: 'demo-cyp2c19', scope: 'launch/patient patient/Observation.rs' });
  });

  it('gives an analyst no record', async () => {
    const end = await allowed(personAt(server), 'dev-analyst', undefined, {
      scope: 'openid fhirUser launch/patient patient/Observation.rs user/Observation.rs',
    });
    const { body } = await exchange(end);
    expect(body).toMatchObject({ scope: 'openid fhirUser user/Observation.rs' });
    expect(body['patient']).toBeUndefined();
  });

  it('takes a posted request to authorize as well', async () => {
    const person = personAt(server);
    const form = new URLSearchParams({ client_id: 'genome', response_type: 'code', scope: 'openid' });
    const response = await person.go('/auth/authorize', { method: 'POST', body: form });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toContain('client_id=genome');
  });

  it('keeps granular and version 1 scopes as they were asked', async () => {
    const scope =
      'launch/patient patient/Observation.read patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
    const { body } = await exchange(await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19', { scope }));
    expect(body['scope']).toBe(scope);
    expect((await ask(body['access_token'], 'demo-cyp2c19')).status).toBe(200);
  });
});

it('an app of yours works from any address of this machine', async () => {
  const redirect = 'http://localhost:3000/app/index.html?here=1';
  const end = await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19', {
    client_id: 'my-app',
    redirect_uri: redirect,
  });
  expect(end.sentTo?.href).toMatch(/^http:\/\/localhost:3000\/app\/index\.html\?here=1&code=/);
  const { status, body, headers } = await post(
    server,
    '/auth/token',
    {
      grant_type: 'authorization_code',
      client_id: 'my-app',
      redirect_uri: redirect,
      code: end.sentTo?.searchParams.get('code') ?? '',
      code_verifier: end.verifier,
    },
    { Origin: 'http://localhost:3000' },
  );
  expect([status, body['patient']]).toEqual([200, 'demo-cyp2c19']);
  expect(headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
});

describe('a refresh', () => {
  it.each(['online_access', 'offline_access'])('keeps the record and narrows at most (%s)', async (access) => {
    const end = await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19', {
      scope: `launch/patient ${access} patient/Observation.rs patient/DiagnosticReport.rs`,
    });
    const first = await exchange(end);
    expect(first.body['scope']).toContain(access);
    // As fhirclient sends it: without the client, which the token is of.
    const refresh = (token: unknown, scope?: string) =>
      post(server, '/auth/token', {
        grant_type: 'refresh_token',
        refresh_token: String(token),
        ...(scope === undefined ? {} : { scope }),
      });
    const narrower = await refresh(first.body['refresh_token'], 'patient/Observation.rs');
    expect(narrower.body).toMatchObject({ scope: 'patient/Observation.rs', patient: 'demo-cyp2c19', expires_in: 900 });
    expect((await ask(narrower.body['access_token'], 'demo-cyp2c19')).status).toBe(200);
    const wider = await refresh(narrower.body['refresh_token'], 'user/Observation.rs');
    expect([wider.status, wider.body['error']]).toEqual([400, 'invalid_scope']);
    const ofAnother = { grant_type: 'refresh_token', client_id: 'my-app' };
    const stolen = await post(server, '/auth/token', {
      ...ofAnother,
      refresh_token: String(narrower.body['refresh_token']),
    });
    expect([stolen.status, stolen.body['error']]).toEqual([400, 'invalid_grant']);
    const unknown = await refresh('never-made');
    expect([unknown.status, unknown.body['error']]).toEqual([400, 'invalid_request']);
    // Rotated: the first one, used again, takes the whole grant with it.
    const replayed = await refresh(first.body['refresh_token']);
    expect([replayed.status, replayed.body['error']]).toEqual([400, 'invalid_grant']);
    expect((await refresh(narrower.body['refresh_token'])).status).toBe(400);
  });
});

describe('an EHR launch', () => {
  /** Signs in to the EHR page and gives its token. */
  async function ehr(person: ReturnType<typeof personAt>, who = 'dev-clinician'): Promise<string> {
    const end = await allowed(person, who, undefined, {
      client_id: 'ehr',
      redirect_uri: `${server.origin}/ehr/`,
      scope: 'openid fhirUser __ehr',
    });
    const { body } = await exchange(end, { client_id: 'ehr', redirect_uri: `${server.origin}/ehr/` });
    return String(body['access_token']);
  }

  const launch = async (token: string, more = {}) => {
    const response = await fetch(`${server.origin}/auth/ehr/launch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ client: 'genome', patient: 'demo-cyp2c19', banner: false, ...more }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  const SCOPE = 'launch openid fhirUser patient/Observation.rs';

  it('opens the record that the EHR page has open, without a question', async () => {
    const person = personAt(server);
    const { body: launched } = await launch(await ehr(person));
    const end = await person.authorize({ scope: SCOPE, launch: launched['launch'] });
    const { body } = await exchange(end);
    expect(body).toMatchObject({ patient: 'demo-cyp2c19', need_patient_banner: false, scope: SCOPE });
    expect((await ask(body['access_token'], 'demo-cyp2c19')).status).toBe(200);
    // Once only.
    const again = await person.authorize({ scope: SCOPE, launch: launched['launch'] });
    expect(again.sentTo?.searchParams.get('error')).toBe('invalid_request');
  });

  it('is refused to anyone but who launched, and to any other app', async () => {
    const { body: launched } = await launch(await ehr(personAt(server)));
    const otherApp = await personAt(server).authorize({
      client_id: 'my-app',
      redirect_uri: 'http://127.0.0.1:3000/',
      scope: SCOPE,
      launch: launched['launch'],
    });
    expect(otherApp.sentTo?.searchParams.get('error')).toBe('invalid_request');
    const someoneElse = personAt(server);
    const signIn = await someoneElse.authorize({ scope: SCOPE, launch: launched['launch'] });
    const end = await someoneElse.submit(signIn, { person: 'demo-hereditary-cancer' });
    expect(end.sentTo?.searchParams.get('error')).toBe('access_denied');
    expect(end.sentTo?.searchParams.get('code')).toBeNull();
  });

  it.each([
    [{ scope: SCOPE }, /needs the launch parameter/],
    [{ scope: SCOPE, launch: 'never-made' }, /unknown, used, or too old/],
    [{ launch: 'never-made' }, /needs the scope launch/],
  ])('needs its parts: %j', async (more, reason) => {
    const { sentTo } = await personAt(server).authorize(more);
    expect(sentTo?.searchParams.get('error')).toBe('invalid_request');
    expect(sentTo?.searchParams.get('error_description')).toMatch(reason);
  });

  it('is made with the token of the EHR page only', async () => {
    const { body } = await exchange(await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19'));
    expect((await launch(String(body['access_token']))).status).toBe(403);
    expect((await launch('nonsense')).status).toBe(401);
    const token = await ehr(personAt(server));
    expect((await launch(token, { client: 'backend' })).status).toBe(400);
    expect((await launch(token, { patient: 'a/b' })).status).toBe(400);
    const text = await fetch(`${server.origin}/auth/ehr/launch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' },
      body: '{}',
    });
    expect(text.status).toBe(400);
    // The EHR page's token opens no record by itself.
    expect((await ask(token, 'demo-cyp2c19')).status).toBe(403);
  });

  it('is nothing for people without records to open', async () => {
    const person = personAt(server);
    await allowed(person, 'dev-analyst', undefined, { scope: 'openid user/Observation.rs' });
    const end = await person.authorize({
      client_id: 'ehr',
      redirect_uri: `${server.origin}/ehr/`,
      scope: 'openid fhirUser __ehr',
    });
    expect(end.sentTo?.searchParams.get('error')).toBe('access_denied');
  });
});

describe('the authorization server refuses', () => {
  it.each([
    ['another FHIR base', { aud: 'https://other.example/fhir' }, 'invalid_request'],
    ['a missing aud', { aud: undefined }, 'invalid_request'],
    ['a missing challenge', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['another resource', { resource: 'https://other.example/fhir' }, 'invalid_target'],
    ['an implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['scopes that nobody has', { scope: 'system/*.rs nonsense' }, 'invalid_scope'],
  ])('%s', async (_, more, error) => {
    const { sentTo } = await personAt(server).authorize(more);
    // Errors of the implicit flow come in the fragment.
    const told = new URLSearchParams(sentTo?.search || sentTo?.hash.slice(1));
    expect([told.get('error'), told.get('state'), told.get('code')]).toEqual([error, 'a-state', null]);
  });

  it.each([
    'https://evil.example/',
    'http://127.0.0.1:1/genome/',
    '/genome/',
    'ORIGIN/genome/?x=1',
    'ORIGIN/genome/..%2fehr/',
    'ORIGIN.evil.example/genome/',
  ])('to send a code to %s', async (uri) => {
    const { response, text, sentTo } = await personAt(server).authorize({
      redirect_uri: uri.replace('ORIGIN', server.origin),
    });
    expect(sentTo).toBeUndefined();
    expect(response.status).toBe(400);
    expect(text).toContain('redirect_uri');
  });

  it.each(['https://evil.example/', 'http://user@127.0.0.1:3000/', 'http://127.0.0.1.evil.example/', 'myapp://x'])(
    'to send the code of an app of yours to %s',
    async (uri) => {
      const { response, sentTo } = await personAt(server).authorize({ client_id: 'my-app', redirect_uri: uri });
      expect(sentTo).toBeUndefined();
      expect(response.status).toBe(400);
    },
  );

  it('an unknown client', async () => {
    const { response } = await personAt(server).authorize({ client_id: 'nobody' });
    expect(response.status).toBe(400);
  });

  it.each([
    ['another verifier', { code_verifier: 'x'.repeat(43) }],
    ['no verifier', { code_verifier: '' }],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:1/' }],
    ['another client', { client_id: 'my-app' }],
    ['another code', { code: 'never-made' }],
  ])('a code with %s', async (_, more) => {
    const { status, body } = await exchange(await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19'), more);
    expect(status).toBe(400);
    expect(['invalid_grant', 'invalid_request']).toContain(body['error']);
    expect(body['access_token']).toBeUndefined();
  });

  it('a code that was used', async () => {
    const end = await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19');
    expect((await exchange(end)).status).toBe(200);
    const again = await exchange(end);
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant']);
  });

  it('pages from elsewhere at the token endpoint', async () => {
    const end = await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19');
    const fields = {
      grant_type: 'authorization_code',
      client_id: 'genome',
      redirect_uri: `${server.origin}/genome/`,
      code: end.sentTo?.searchParams.get('code') ?? '',
      code_verifier: end.verifier,
    };
    const { status, headers } = await post(server, '/auth/token', fields, { Origin: 'https://evil.example' });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([400, null]);
  });

  it('a form that was sent before, with a page for people', async () => {
    const person = personAt(server);
    const asked = await person.authorize();
    await person.submit(asked, { person: 'dev-clinician' });
    const late = await person.submit(asked, { person: 'demo-cyp2c19' });
    expect(late.response.status).toBe(400);
    expect(late.response.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
    expect(late.text).toContain('This did not work');
  });

  it('to give the session to questions', async () => {
    const person = personAt(server);
    await allowed(person, 'dev-clinician', 'demo-cyp2c19');
    expect([...person.cookies.values()].every(({ path }) => path.startsWith('/auth'))).toBe(true);
    expect(person.cookies.size).toBeGreaterThan(0);
  });

  it('a foreign Host', async () => {
    const { request } = await import('node:http');
    const { port } = new URL(server.origin);
    const status = await new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path: '/auth/jwks', headers: { Host: 'evil.example' } },
        (response) => resolve(response.resume().statusCode),
      );
      sent.on('error', reject).end();
    });
    expect(status).toBe(421);
  });
});

describe('introspection', () => {
  const introspect = (fields: Readonly<Record<string, string>>, headers = {}) =>
    post(server, '/auth/introspect', fields, headers);
  const asBackend = async (token: string) =>
    introspect({
      token,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await backendAssertion(server, { aud: `${server.origin}/auth/introspect` }),
    });

  it('tells a client that authenticates itself, and a token of the same client, what a token is good for', async () => {
    const { body } = await exchange(await allowed(personAt(server), 'dev-clinician', 'demo-cyp2c19'));
    const token = String(body['access_token']);
    const active = {
      active: true,
      scope: body['scope'],
      client_id: 'genome',
      exp: expect.any(Number),
      patient: 'demo-cyp2c19',
      iss: `${server.origin}/auth`,
      sub: 'dev-clinician',
      fhirUser: `${server.url}/Practitioner/dev-clinician`,
    };
    expect((await asBackend(token)).body).toMatchObject(active);
    expect((await introspect({ token }, { Authorization: `Bearer ${token}` })).body).toMatchObject(active);
    const ofAnother = await server.development.token({ scope: 'system/Observation.rs' });
    const { body: told } = await introspect({ token }, { Authorization: `Bearer ${ofAnother.accessToken}` });
    expect(told).toEqual({ active: false });
  });

  it('says nothing of a token that is no good, and asks who wants to know', async () => {
    expect((await asBackend('nonsense')).body).toEqual({ active: false });
    const { accessToken } = await server.development.token({ scope: 'system/Observation.rs' });
    expect((await asBackend(`${accessToken.slice(0, -8)}AAAAAAAA`)).body).toEqual({ active: false });
    expect((await introspect({ token: accessToken })).status).toBe(400);
    expect((await introspect({ token: accessToken, client_id: 'genome' })).body).toEqual({ active: false });
    expect((await introspect({ token: accessToken }, { Authorization: 'Bearer nonsense' })).status).toBe(401);
  });
});
