import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { type ServerWithPeople, startWithDevelopmentServer } from '../support/development-server.ts';
import { backendAssertion, backendToken, post } from '../support/oauth-client.ts';

let archive: TemporaryArchive;
let server: ServerWithPeople;

beforeAll(async () => {
  archive = await temporaryArchive();
  await storeStudy(archive, {
    id: 'backend',
    subjects: new Map([['S1', [{ input: 0, sample: 'S' }]]]),
    variants: { '10': [variantRow(94_781_858, 'G', 'A')] },
  });
  server = await startWithDevelopmentServer(archive.ports);
});

afterAll(async () => {
  await server.close();
  await archive.remove();
});

it('a nightly service asks about any subject, from discovery to the answer', async () => {
  const discovery = await fetch(`${server.url}/.well-known/smart-configuration`);
  expect(discovery.headers.get('content-type')).toBe('application/json');
  const configuration = (await discovery.json()) as Record<string, string & string[]>;
  expect(configuration['capabilities']).toContain('client-confidential-asymmetric');
  expect(configuration['token_endpoint_auth_signing_alg_values_supported']).toEqual(['RS384', 'ES384']);
  expect(configuration['token_endpoint']).toBe(`${server.origin}/auth/token`);
  const { status, body } = await backendToken(server, await backendAssertion(server));
  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'system/Observation.rs' });
  expect(body['refresh_token']).toBeUndefined();
  const { sub, client_id: client, fhirUser } = decodeJwt(String(body['access_token']));
  expect([sub, client, fhirUser]).toEqual(['backend', 'backend', undefined]);
  const answer = await fetch(
    `${server.url}/$find-subject-variants?subject=S1&ranges=NC_000010.11:94762680-94855547&includeVariants=true`,
    { headers: { Authorization: `Bearer ${body['access_token']}` } },
  );
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('NC_000010.11:94781858:G:A');
});

it('is granted no scopes of people, and none at all rather than nothing', async () => {
  const mixed = await backendToken(server, await backendAssertion(server), 'user/*.rs system/Observation.rs openid');
  expect(mixed.body['scope']).toBe('system/Observation.rs');
  const none = await backendToken(server, await backendAssertion(server), 'user/*.rs patient/*.rs');
  expect([none.status, none.body['error']]).toEqual([400, 'invalid_scope']);
});

describe('an assertion is refused', () => {
  const now = () => Math.floor(Date.now() / 1000);
  it.each([
    ['more than five minutes ahead', () => ({ exp: now() + 400 })],
    ['expired', () => ({ exp: now() - 60 })],
    ['without exp', () => ({ exp: undefined })],
    ['without jti', () => ({ jti: undefined })],
    ['for another endpoint', () => ({ aud: 'https://other.example/token' })],
    ['for the issuer, not its endpoint', () => ({ aud: `${server.origin}/auth` })],
    ['for several', () => ({ aud: [`${server.origin}/auth/token`, 'https://other.example'] })],
    ['whose iss is another', () => ({ iss: 'genome' })],
    ['of a client that is not known', () => ({ iss: 'nobody', sub: 'nobody' })],
    ['of a client without keys', () => ({ iss: 'genome', sub: 'genome' })],
  ])('%s', async (_, claims) => {
    const { status, body } = await backendToken(server, await backendAssertion(server, claims()));
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  it('when it was used before', async () => {
    const assertion = await backendAssertion(server);
    expect((await backendToken(server, assertion)).status).toBe(200);
    const again = await backendToken(server, assertion);
    expect([again.status, again.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('when another key signed it', async () => {
    const { privateKey } = await generateKeyPair('ES384', { extractable: true });
    const { status } = await backendToken(
      server,
      await backendAssertion(server, {}, { key: await exportJWK(privateKey) }),
    );
    expect(status).toBe(401);
  });

  it('when it names another key', async () => {
    expect((await backendToken(server, await backendAssertion(server, {}, { kid: 'another' }))).status).toBe(401);
  });

  it('when it is signed with the public key as a secret, or not at all', async () => {
    const { x = '' } = server.keys.backend;
    const secret = { kty: 'oct', k: x };
    const hmac = await backendAssertion(server, {}, { key: secret, alg: 'HS256' });
    expect((await backendToken(server, hmac)).status).toBe(401);
    const [, payload = ''] = (await backendAssertion(server)).split('.');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    expect((await backendToken(server, `${unsigned}.${payload}.`)).status).toBe(401);
  });

  it('of another type, and the secret of a client is none', async () => {
    const fields = { grant_type: 'client_credentials', scope: 'system/Observation.rs' };
    const wrongType = await post(server, '/auth/token', {
      ...fields,
      client_assertion: await backendAssertion(server),
      client_assertion_type: 'urn:example:other',
    });
    expect(wrongType.status).toBe(400);
    const secret = await post(server, '/auth/token', { ...fields, client_id: 'backend', client_secret: 'secret' });
    expect(secret.status).toBeGreaterThanOrEqual(400);
    const nothing = await post(server, '/auth/token', { ...fields, client_id: 'backend' });
    expect([nothing.status, nothing.body['error']]).toEqual([401, 'invalid_client']);
    const otherGrant = await post(server, '/auth/token', { grant_type: 'password', client_id: 'genome' });
    expect([otherGrant.status, otherGrant.body['error']]).toEqual([400, 'unsupported_grant_type']);
  });

  it('as an access token', async () => {
    const response = await fetch(`${server.url}/$find-study-metadata?subject=S1`, {
      headers: { Authorization: `Bearer ${await backendAssertion(server, { aud: server.url })}` },
    });
    expect(response.status).toBe(401);
  });
});

describe('tokens for the command line', () => {
  it.each([
    [{ scope: '' }, /--scope is empty/],
    [{ scope: 'openid' }, /openid is no scope/],
    [{ scope: 'patient/Observation.rs' }, /--patient is needed/],
    [{ scope: 'patient/Observation.rs', patient: 'a b' }, /no subject id/],
    [{ scope: 'patient/Observation.rs', patient: 'x', user: 'demo-cyp2c19' }, /may open demo-cyp2c19 only/],
    [{ scope: 'patient/Observation.rs', patient: 'x', user: 'dev-analyst' }, /can't be granted/],
    [{ scope: 'user/Observation.rs', user: 'demo-cyp2c19' }, /can't be granted/],
    [{ scope: 'user/Observation.rs', user: 'nobody' }, /but no nobody/],
    [{ scope: 'system/*.rs user/*.rs' }, /needs a person/],
    [{ scope: 'system/*.rs', patient: 'x' }, /has no open record/],
    [{ scope: 'system/*.rs', user: 'dev-clinician' }, /is of no person/],
  ])('%j is refused with a reason', async (request, reason) => {
    await expect(server.development.token(request)).rejects.toThrow(reason);
  });

  it('are made for whoever shows the key of the data folder, and for nobody else', async () => {
    const { url, key } = server.development.mint;
    const mint = (authorization: string) =>
      fetch(url, {
        method: 'POST',
        headers: { Authorization: authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify({ scope: 'user/Observation.rs' }),
      });
    const made = (await (await mint(`Bearer ${key}`)).json()) as { accessToken: string };
    const answer = await fetch(`${server.url}/$find-study-metadata?subject=S1`, {
      headers: { Authorization: `Bearer ${made.accessToken}` },
    });
    expect(answer.status).toBe(200);
    expect((await mint('Bearer wrong')).status).toBe(401);
    expect((await mint('')).status).toBe(401);
  });
});
