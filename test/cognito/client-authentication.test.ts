import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AUTH_BASE, type FacadeUnderTest, FHIR_BASE, startFacade } from '../support/facade.ts';
import {
  assertionForm,
  basic,
  claimsOf,
  PUBLIC_APP,
  post,
  type SigningClient,
  signingClient,
} from '../support/smart-app.ts';

let under: FacadeUnderTest;
let rsa: SigningClient;
let ec: SigningClient;
let backend: string;
let byUrl: string;
let symmetric: string;

const KEYS_URL = 'https://backend.example/jwks.json';
const BACKEND = {
  client_name: 'Nightly report',
  grant_type: 'client_credentials',
  token_endpoint_auth_method: 'private_key_jwt',
  scope: 'system/Observation.rs system/Patient.s',
};

beforeAll(async () => {
  under = await startFacade();
  [rsa, ec] = [await signingClient('RS384'), await signingClient('ES384')];
  backend = await under.client({ ...BACKEND, jwks: { keys: [rsa.jwk, ec.jwk] } });
  byUrl = await under.client({ ...BACKEND, jwks_uri: KEYS_URL });
  symmetric = await under.client({ ...BACKEND, token_endpoint_auth_method: 'client_secret_basic' });
});
beforeEach(() => {
  under.keySets.set(KEYS_URL, { keys: [ec.jwk] });
});
afterAll(() => under.close());

const REQUEST = { grant_type: 'client_credentials', scope: 'system/Observation.rs' };

function ask(assertion: string, changes: Readonly<Record<string, string>> = {}) {
  return post(under, 'token', { ...REQUEST, ...assertionForm(assertion), ...changes });
}

describe('a backend service', () => {
  it('gets what it asks for by RS384, by ES384, and with keys at a registered URL', async () => {
    for (const [signer, clientId] of [
      [rsa, backend],
      [ec, backend],
      [ec, byUrl],
    ] as const) {
      const { status, json, reply } = await ask(await signer.assertion(clientId));
      expect(status).toBe(200);
      expect(json).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'system/Observation.rs',
      });
      expect(reply.headers).toMatchObject({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
      const claims = claimsOf(json['access_token']);
      expect(claims).toMatchObject({ sub: clientId, client_id: clientId, scope: 'system/Observation.rs' });
      for (const name of ['patient', 'fhirUser', 'username']) expect(claims).not.toHaveProperty(name);
    }
  });

  it('may have a secret instead', async () => {
    expect((await post(under, 'token', REQUEST, basic(under, symmetric))).status).toBe(200);
  });

  it('gets registered system scopes only, and has to name them', async () => {
    const scope = async (text: string) => (await ask(await rsa.assertion(backend), { scope: text })).json;
    expect((await scope('system/*.cruds system/Patient.s system/Observation.s'))['scope']).toBe(
      'system/Patient.s system/Observation.s',
    );
    for (const text of [
      'user/Observation.rs',
      'patient/Observation.rs openid',
      'system/Observation.cruds',
      'smart/backend',
    ]) {
      expect((await scope(text))['error'], text).toBe('invalid_scope');
    }
    expect((await scope(''))['error']).toBe('invalid_request');
  });

  it('has no other grants, and apps do not have this one', async () => {
    const form = { ...assertionForm(await rsa.assertion(backend)), grant_type: 'password' };
    expect((await post(under, 'token', form)).json['error']).toBe('unsupported_grant_type');
    const app = await under.client(PUBLIC_APP);
    const { status, json } = await post(under, 'token', { ...REQUEST, client_id: app });
    expect([status, json['error']]).toEqual([400, 'unauthorized_client']);
  });

  it('is given no token without the trigger', async () => {
    const { trigger } = under.cognito;
    for (const broken of [undefined, { ...trigger!, version: '2' as const }]) {
      under.cognito.trigger = broken;
      expect((await ask(await rsa.assertion(backend))).json['error']).toBe('server_error');
    }
    under.cognito.trigger = trigger;
  });
});

describe('a client assertion', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it('is used once, also by many at a time', async () => {
    const assertion = await rsa.assertion(backend);
    const all = await Promise.all(Array.from({ length: 5 }, () => ask(assertion)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await ask(assertion)).json).toMatchObject({ error: 'invalid_client' });
  });

  it('shares its jti with those of other clients without harm', async () => {
    const jti = 'the same';
    expect((await ask(await ec.assertion(backend, { jti }))).status).toBe(200);
    expect((await ask(await ec.assertion(byUrl, { jti }))).status).toBe(200);
    expect((await ask(await rsa.assertion(backend, { jti }))).status).toBe(401);
  });

  it.each([
    ['of another issuer', { iss: 'x' }, {}],
    ['about another subject', { sub: 'x' }, {}],
    ['of an unknown client', { iss: 'nobody', sub: 'nobody' }, {}],
    ['for the authorization endpoint', { aud: `${AUTH_BASE}/authorize` }, {}],
    ['for the FHIR base', { aud: FHIR_BASE }, {}],
    ['for the issuer', { aud: AUTH_BASE }, {}],
    ['for several', { aud: [`${AUTH_BASE}/token`, 'https://other.example'] }, {}],
    ['for nobody', { aud: undefined }, {}],
    ['expired', { exp: now() - 1 }, {}],
    ['without an end', { exp: undefined }, {}],
    ['good for an hour', { exp: now() + 3_600 }, {}],
    ['with a text for an end', { exp: `${now() + 60}` as unknown as number }, {}],
    ['not good yet', { nbf: now() + 100 }, {}],
    ['without jti', { jti: undefined }, {}],
    ['with an empty jti', { jti: '' }, {}],
    ['with another kid', {}, { kid: 'other' }],
    ['with no kid', {}, { kid: undefined }],
    ['with a kid that is a path', {}, { kid: '../../etc/passwd' }],
    ['with a kid of the prototype', {}, { kid: '__proto__' }],
    ['of another typ', {}, { typ: 'at+jwt' }],
  ])('%s is refused', async (_, claims, header) => {
    const signed = await rsa.assertion(backend, claims as JWTPayload, header);
    const { status, json } = await ask(signed);
    expect([status, json['error']]).toEqual([401, 'invalid_client']);
  });

  it('with critical extensions is refused', async () => {
    const [, claims, signature] = (await rsa.assertion(backend)).split('.');
    const kid = (rsa.jwk as { kid: string }).kid;
    const header = Buffer.from(JSON.stringify({ alg: 'RS384', kid, crit: ['b64'], b64: false })).toString('base64url');
    expect((await ask(`${header}.${claims}.${signature}`)).json['error_description']).toContain('crit');
  });

  it('signed with nothing, with the public key as a secret, by somebody else or for other data is refused', async () => {
    const claims = claimsOf(await rsa.assertion(backend));
    const kid = (rsa.jwk as { kid: string }).kid;
    const pem = createPublicKey({ key: rsa.jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const none = new UnsecuredJWT(claims).encode();
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS384', kid })
      .sign(createSecretKey(Buffer.from(String(pem))));
    const stranger = await (await signingClient('RS384')).assertion(backend, {}, { kid });
    const [header, , signature] = (await rsa.assertion(backend)).split('.');
    const [, other] = (await rsa.assertion(backend)).split('.');
    const confused = await ec.assertion(backend, {}, { kid });
    const upper = none.replace(/^[^.]+/, Buffer.from(JSON.stringify({ alg: 'NONE', kid })).toString('base64url'));
    for (const bad of [
      none,
      upper,
      `${none}x`,
      hmac,
      stranger,
      `${header}.${other}.${signature}`,
      confused,
      `${header}.${other}.`,
    ]) {
      const { status, json } = await ask(bad);
      expect([status, json['error']]).toEqual([401, 'invalid_client']);
    }
  });

  it('is not verified by a key that comes with it', async () => {
    const stranger = await signingClient('RS384');
    const { kid } = rsa.jwk as { kid: string };
    const headers = [{ jwk: stranger.jwk }, { jku: 'https://evil.test/jwks.json' }, { x5u: 'https://evil.test/x' }];
    for (const header of headers) {
      expect((await ask(await stranger.assertion(backend, {}, { kid, ...header }))).status).toBe(401);
    }
  });

  it('needs a single fitting key', async () => {
    for (const keys of [
      [],
      [ec.jwk, ec.jwk],
      [{ ...ec.jwk, use: 'enc' }],
      [{ ...ec.jwk, alg: 'ES256' }],
      ['key'],
      [{ ...ec.jwk, d: 'x' }],
    ]) {
      under.keySets.set(KEYS_URL, { keys });
      expect((await ask(await ec.assertion(byUrl))).status).toBe(401);
    }
    for (const set of [undefined, 'keys', { keys: 'x' }]) {
      under.keySets.set(KEYS_URL, set);
      expect((await ask(await ec.assertion(byUrl))).status).toBe(401);
    }
  });

  it('is not the way of clients registered with another, nor mixed with it', async () => {
    expect((await ask(await rsa.assertion(symmetric))).status).toBe(401);
    expect((await post(under, 'token', REQUEST, basic(under, backend))).status).toBe(401);
    expect((await post(under, 'token', { ...REQUEST, client_id: backend })).status).toBe(401);
    const both = { ...REQUEST, ...assertionForm(await rsa.assertion(backend)) };
    expect((await post(under, 'token', both, basic(under, backend))).json['error']).toBe('invalid_request');
    expect((await ask(await rsa.assertion(backend), { client_id: byUrl })).status).toBe(401);
    expect((await ask(await rsa.assertion(backend), { client_assertion_type: 'jwt' })).status).toBe(401);
  });
});

describe('a secret', () => {
  it('is taken as HTTP Basic only, whole, and for one client', async () => {
    const secret = under.cognito.clients.get(symmetric)?.ClientSecret ?? '';
    const inForm = { ...REQUEST, client_id: symmetric, client_secret: secret };
    expect((await post(under, 'token', inForm)).status).toBe(401);
    const encode = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    for (const text of [
      `${symmetric}:`,
      `${symmetric}:${secret} `,
      `${symmetric}`,
      `:${secret}`,
      `nobody:${secret}`,
      `${symmetric}:%`,
    ]) {
      expect((await post(under, 'token', REQUEST, encode(text))).status, text).toBe(401);
    }
    expect((await post(under, 'token', REQUEST, { Authorization: 'Bearer x' })).status).toBe(401);
    const mixed = { ...REQUEST, client_id: backend };
    expect((await post(under, 'token', mixed, basic(under, symmetric))).status).toBe(401);
  });
});
