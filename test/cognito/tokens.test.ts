import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import {
  attempt,
  authorizeApp,
  basic,
  claimsOf,
  codeForm,
  PUBLIC_APP,
  post,
  REDIRECT_URI,
} from '../support/smart-app.ts';

let under: FacadeUnderTest;
let app: string;
let other: string;
let confidential: string;

const OFFLINE = 'openid fhirUser launch/patient offline_access patient/Observation.rs';

beforeAll(async () => {
  under = await startFacade();
  app = await under.client(PUBLIC_APP);
  other = await under.client({ ...PUBLIC_APP, client_name: 'Other' });
  confidential = await under.client({ ...PUBLIC_APP, token_endpoint_auth_method: 'client_secret_basic' });
  under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
});
beforeEach(() => {
  under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
  under.cognito.signedIn = 'anna';
  under.ahead = 0;
});
afterAll(() => under.close());

async function codeOf(clientId: string, scope = OFFLINE): Promise<Record<string, string>> {
  const asked = attempt(clientId, scope);
  return codeForm(asked, await authorizeApp(under, asked));
}

async function tokensOf(clientId: string, scope = OFFLINE): Promise<Record<string, unknown>> {
  const { status, json } = await post(under, 'token', await codeOf(clientId, scope));
  expect(status).toBe(200);
  return json;
}

function refreshForm(tokens: Record<string, unknown>, changes: Record<string, string> = {}): Record<string, string> {
  return { grant_type: 'refresh_token', client_id: app, refresh_token: String(tokens['refresh_token']), ...changes };
}

describe('a code', () => {
  it.each([
    ['of another client', () => ({ client_id: other })],
    ['with another redirect URI', () => ({ redirect_uri: 'http://127.0.0.1:5173/' })],
    ['with another verifier', () => ({ code_verifier: 'a'.repeat(64) })],
    ['made up', () => ({ code: 'A'.repeat(43) })],
    ['of another form', () => ({ code: 'code#x' })],
  ])('%s is refused', async (_, changes) => {
    const { status, json } = await post(under, 'token', { ...(await codeOf(app)), ...changes() });
    expect([status, json['error']]).toEqual([400, 'invalid_grant']);
  });

  it.each(['redirect_uri', 'code_verifier', 'code', 'grant_type', 'client_id'])('needs %s', async (name) => {
    const { [name]: _, ...form } = await codeOf(app);
    const { status, json } = await post(under, 'token', form);
    expect([status, json['error']]).toEqual([400, 'invalid_request']);
  });

  it('is good for a minute', async () => {
    const form = await codeOf(app);
    under.ahead = 61;
    expect((await post(under, 'token', form)).json['error']).toBe('invalid_grant');
  });

  it('works once; a second use ends what it gave', async () => {
    const form = await codeOf(app);
    const first = await post(under, 'token', form);
    const asked = { token: String(first.json['access_token']) };
    expect((await post(under, 'introspect', asked, basic(under, confidential))).json).toEqual({ active: false });
    const sessions = under.cognito.refreshTokens.size;
    expect((await post(under, 'token', form)).json['error']).toBe('invalid_grant');
    expect(under.cognito.refreshTokens.size).toBe(sessions - 1);
    expect((await post(under, 'token', refreshForm(first.json))).json['error']).toBe('invalid_grant');
  });

  it('gives tokens to no more than one of many who send it at once', async () => {
    const form = await codeOf(app);
    const all = await Promise.all(Array.from({ length: 5 }, () => post(under, 'token', form)));
    // None, when the second was noticed before Cognito answered the first.
    expect(all.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it('is refused with a secret in the form, also of a client that has none', async () => {
    const { status, json } = await post(under, 'token', { ...(await codeOf(app)), client_secret: 'x' });
    expect([status, json['error']]).toEqual([401, 'invalid_client']);
  });

  it('of a confidential client needs its secret', async () => {
    const form = await codeOf(confidential);
    const bare = await post(under, 'token', form);
    expect([bare.status, bare.json['error']]).toEqual([401, 'invalid_client']);
    const wrong = { Authorization: `Basic ${Buffer.from(`${confidential}:wrong`).toString('base64')}` };
    const refused = await post(under, 'token', form, wrong);
    expect([refused.status, refused.reply.headers?.['WWW-Authenticate']]).toEqual([401, 'Basic realm="token"']);
    expect((await post(under, 'token', form, basic(under, confidential))).status).toBe(200);
  });
});

describe('a refresh token', () => {
  it('is not what Cognito gave, and new with each use', async () => {
    const tokens = await tokensOf(app);
    expect(under.cognito.refreshTokens.has(String(tokens['refresh_token']))).toBe(false);
    const { status, json } = await post(under, 'token', refreshForm(tokens));
    expect(status).toBe(200);
    expect(json).toMatchObject({ patient: 'HG00403', need_patient_banner: true, scope: OFFLINE, expires_in: 3600 });
    expect(json['refresh_token']).not.toBe(tokens['refresh_token']);
    expect(claimsOf(json['access_token'])).toMatchObject({ patient: 'HG00403', aud: FHIR_BASE });
    expect(claimsOf(json['id_token'])).toMatchObject({ aud: app, fhirUser: 'Patient/HG00403' });
    expect((await post(under, 'token', refreshForm(json))).status).toBe(200);
  });

  it('tells which public app refreshes; a confidential one still has to prove it', async () => {
    const { client_id: _, ...bare } = refreshForm(await tokensOf(app));
    expect((await post(under, 'token', bare)).status).toBe(200);
    const { json } = await post(under, 'token', await codeOf(confidential), basic(under, confidential));
    const { client_id: __, ...stolen } = refreshForm(json);
    expect((await post(under, 'token', stolen)).json['error']).toBe('invalid_request');
    expect((await post(under, 'token', stolen, basic(under, confidential))).status).toBe(200);
    const madeUp = { grant_type: 'refresh_token', refresh_token: 'A'.repeat(43) };
    expect((await post(under, 'token', madeUp)).json['error']).toBe('invalid_request');
  });

  it('follows when Cognito rotates its own', async () => {
    under.cognito.rotation = true;
    let tokens = await tokensOf(app);
    for (let use = 0; use < 3; use++) {
      const { status, json } = await post(under, 'token', refreshForm(tokens));
      expect(status).toBe(200);
      tokens = json;
    }
    under.cognito.rotation = false;
  });

  it('used twice ends the grant for whoever has it', async () => {
    const tokens = await tokensOf(app);
    const { json } = await post(under, 'token', refreshForm(tokens));
    expect((await post(under, 'token', refreshForm(tokens))).json['error']).toBe('invalid_grant');
    expect((await post(under, 'token', refreshForm(json))).json['error']).toBe('invalid_grant');
  });

  it('gives less when less is asked, never more', async () => {
    let tokens = await tokensOf(app);
    const less = await post(under, 'token', refreshForm(tokens, { scope: 'patient/Observation.s' }));
    expect(less.json['scope']).toBe('patient/Observation.s');
    expect(claimsOf(less.json['access_token'])['scope']).toBe('patient/Observation.s');
    expect(less.json).not.toHaveProperty('id_token');
    tokens = less.json;
    for (const scope of ['patient/*.rs', 'patient/Observation.cruds', 'user/Observation.rs', 'launch', 'openid x']) {
      const { status, json } = await post(under, 'token', refreshForm(tokens, { scope }));
      expect([status, json['error']], scope).toEqual([400, 'invalid_scope']);
    }
    expect((await post(under, 'token', refreshForm(tokens))).json['scope']).toBe(OFFLINE);
  });

  it.each([
    ['another client', { client_id: 'OTHER' }],
    ['nobody', { refresh_token: 'A'.repeat(43) }],
  ])('of %s is refused', async (_, changes: Record<string, string>) => {
    const form = refreshForm(await tokensOf(app), changes);
    const clientId = form['client_id'] === 'OTHER' ? other : app;
    expect((await post(under, 'token', { ...form, client_id: clientId })).json['error']).toBe('invalid_grant');
  });

  it('is not given without offline_access', async () => {
    expect(await tokensOf(app, 'openid launch/patient patient/Observation.rs')).not.toHaveProperty('refresh_token');
  });

  it('ends with the account, with its time and with its revocation', async () => {
    const closed = await tokensOf(app);
    under.cognito.users.delete('anna');
    expect((await post(under, 'token', refreshForm(closed))).json['error']).toBe('invalid_grant');
    under.cognito.users.set('anna', { 'custom:fhirUser': 'Patient/HG00403' });
    const old = await tokensOf(app);
    under.ahead = 31 * 86_400;
    expect((await post(under, 'token', refreshForm(old))).json['error']).toBe('invalid_grant');
    under.ahead = 0;
    const revoked = await tokensOf(app);
    const form = { client_id: app, token: String(revoked['refresh_token']) };
    // Another client can't.
    expect((await post(under, 'revoke', { ...form, client_id: other })).status).toBe(200);
    const next = await post(under, 'token', refreshForm(revoked));
    expect(next.status).toBe(200);
    const last = { client_id: app, token: String(next.json['refresh_token']) };
    expect((await post(under, 'revoke', last)).status).toBe(200);
    expect((await post(under, 'token', refreshForm(next.json))).json['error']).toBe('invalid_grant');
  });

  it('is worth nothing after the access token was revoked', async () => {
    const tokens = await tokensOf(app);
    const form = { client_id: app, token: String(tokens['access_token']) };
    await post(under, 'revoke', { ...form, client_id: other });
    const next = await post(under, 'token', refreshForm(tokens));
    expect(next.status).toBe(200);
    await post(under, 'revoke', form);
    expect((await post(under, 'token', refreshForm(next.json))).json['error']).toBe('invalid_grant');
  });

  it('survives a failure of Cognito', async () => {
    const tokens = await tokensOf(app);
    under.cognito.down = true;
    const { status, json, reply } = await post(under, 'token', refreshForm(tokens));
    under.cognito.down = false;
    expect([status, json['error']]).toEqual([503, 'temporarily_unavailable']);
    expect(reply.headers?.['Retry-After']).toBe('5');
    expect((await post(under, 'token', refreshForm(tokens))).status).toBe(200);
  });
});

describe('scopes', () => {
  it('are those asked for and registered, in the spelling of the request', async () => {
    const scope = 'patient/Observation.read openid patient/Patient.rs patient/Observation.s user/*.rs launch/patient';
    const tokens = await tokensOf(app, scope);
    const granted = 'patient/Observation.read openid patient/Observation.s launch/patient';
    expect(tokens['scope']).toBe(granted);
    const inToken = String(claimsOf(tokens['access_token'])['scope']).split(' ');
    expect(new Set(inToken)).toEqual(new Set(granted.split(' ')));
  });

  it("keep a granular constraint, which Cognito's own scopes could not hold", async () => {
    const scope = 'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/v2-0074|GE';
    expect(String(claimsOf((await tokensOf(app, scope))['access_token'])['scope']).split(' ')).toContain(scope);
  });
});

describe('nobody is given', () => {
  async function refusedWith(run: (event: object) => unknown, version: '1' | '2' | '3' = '3'): Promise<void> {
    const form = await codeOf(app);
    const { trigger } = under.cognito;
    under.cognito.trigger = { version, run: async (event) => run(event) };
    const { status, json } = await post(under, 'token', form);
    under.cognito.trigger = trigger;
    expect([status, json]).toEqual([500, { error: 'server_error', error_description: 'Internal error' }]);
  }
  const details = (access: object) => ({
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: access } },
  });

  it('a token that the trigger did not make', async () => {
    await refusedWith(() => ({ response: {} }));
    await refusedWith(() => ({ response: {} }), '1');
    await refusedWith(() => {
      throw new Error('trigger failed');
    });
  });

  it('a token without its patient, with another, or with scopes that nobody granted', async () => {
    const { run } = under.cognito.trigger!;
    type Answer = { response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: Record<string, object> } } };
    const changed = async (event: object, change: (access: Record<string, object>) => object) => {
      const { response } = (await run(event)) as Answer;
      return details(change(response.claimsAndScopeOverrideDetails.accessTokenGeneration));
    };
    const withClaims = (claims: object) => (event: object) =>
      changed(event, (access) => ({
        ...access,
        claimsToAddOrOverride: { ...access['claimsToAddOrOverride'], ...claims },
      }));
    await refusedWith(withClaims({ patient: 'HG00406' }));
    await refusedWith(withClaims({ fhirUser: 'Practitioner/x' }));
    await refusedWith(withClaims({ grant_id: 'of another grant' }));
    await refusedWith((event) => changed(event, (access) => ({ ...access, claimsToAddOrOverride: {} })));
    await refusedWith((event) =>
      changed(event, (access) => ({
        ...access,
        scopesToAdd: [...(access['scopesToAdd'] as string[]), 'user/*.cruds'],
      })),
    );
  });

  it('anything by going around the façade', async () => {
    // Not even with the secret, which only the façade has: a code of Cognito's own, redeemed at Cognito.
    const url = new URL(`${under.cognito.url}/oauth2/authorize`);
    const redirect_uri = 'https://archive.example/fhir/auth/callback';
    url.search = `${new URLSearchParams({ response_type: 'code', client_id: app, redirect_uri, scope: 'openid profile' })}`;
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location')!);
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      redirect_uri,
    });
    const send = (headers: Record<string, string>) =>
      fetch(`${under.cognito.url}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams([...body, ['client_id', app]]),
        headers,
      });
    expect((await send({})).status).toBe(400);
    const secret = under.cognito.clients.get(app)?.ClientSecret;
    const tokens = (await (
      await send({ authorization: `Basic ${Buffer.from(`${app}:${secret}`).toString('base64')}` })
    ).json()) as Record<string, unknown>;
    expect(claimsOf(tokens['access_token'])).toMatchObject({ scope: 'openid profile' });
    expect(claimsOf(tokens['access_token'])).not.toHaveProperty('patient');
    const found = await post(
      under,
      'introspect',
      { token: String(tokens['access_token']) },
      basic(under, confidential),
    );
    expect(found.json).toEqual({ active: false });
  });
});

describe('the log', () => {
  it('says that and where something failed, and names no code, token, secret, person or patient', async () => {
    const lines: string[] = [];
    const log = vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const [form, tokens] = [await codeOf(app), await tokensOf(app)];
    const { trigger } = under.cognito;
    under.cognito.trigger = undefined;
    expect((await post(under, 'token', form)).status).toBe(500);
    under.cognito.trigger = trigger;
    under.cognito.down = true;
    expect((await post(under, 'token', refreshForm(tokens))).status).toBe(503);
    under.cognito.down = false;
    log.mockRestore();
    const text = lines.join('');
    expect(text).toContain('UnorderedTokenError');
    expect(text).toContain('ServiceUnavailableError');
    const held = [
      form['code'],
      form['code_verifier'],
      tokens['refresh_token'],
      tokens['access_token'],
      'anna',
      'HG00403',
    ];
    const secrets = [...under.cognito.clients.values()].map(({ ClientSecret }) => ClientSecret);
    for (const one of [...held, ...secrets, ...under.cognito.refreshTokens.keys()]) expect(text).not.toContain(one);
  });
});

describe('at rest', () => {
  it('there is no code, token, patient or name that the table alone would give away', async () => {
    const form = await codeOf(app);
    const { json } = await post(under, 'token', form);
    const stored = await under.atRest();
    const secrets = [
      form['code'],
      json['refresh_token'],
      json['access_token'],
      'anna',
      'HG00403',
      ...under.cognito.refreshTokens.keys(),
    ];
    for (const secret of secrets) expect(stored).not.toContain(secret);
    expect(stored).toContain(REDIRECT_URI);
  });
});
