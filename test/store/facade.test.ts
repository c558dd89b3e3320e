import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FACADE_ENVIRONMENT, FACADE_FUNCTIONS } from '../../lib/cognito/deployment.ts';
import { FUNCTION_ENDPOINTS } from '../../lib/cognito/endpoints.ts';
import { ServiceUnavailableError } from '../../lib/cognito/errors.ts';
import { register } from '../../lib/cognito/registration.ts';
import type { FacadeHandler } from '../../lib/http/facade-lambda.ts';
import { getJson } from '../../lib/store/cognito-http.ts';
import { awsAuthItems, awsFacade } from '../../lib/store/facade.ts';
import { registeredKeys } from '../../lib/store/registered-keys.ts';
import { createAuthTable, TABLE } from '../support/facade.ts';
import { gatewayEvent } from '../support/gateway-event.ts';
import { PUBLIC_APP } from '../support/smart-app.ts';

const ENVIRONMENT = {
  GENOMICS_AUTH_TABLE: TABLE,
  GENOMICS_BASE_URL: 'https://archive.example/fhir/',
  GENOMICS_AUTH_URL: 'https://archive.example/fhir/auth',
  GENOMICS_POOL_ISSUER: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc',
  GENOMICS_POOL_DOMAIN: 'https://archive.auth.eu-central-1.amazoncognito.com',
};

const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'local');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

describe('the environment', () => {
  it('names its variables when one is missing or no safe URL', () => {
    for (const name of Object.keys(FACADE_ENVIRONMENT)) {
      expect(() => awsFacade({ ...ENVIRONMENT, [name]: undefined })).toThrow(`${name} is not set`);
      if (name === 'GENOMICS_AUTH_TABLE') continue;
      for (const url of ['http://archive.example', 'archive.example', 'http://127.0.0.1.evil.test/']) {
        expect(() => awsFacade({ ...ENVIRONMENT, [name]: url })).toThrow(`${name} is '${url.replace(/\/$/, '')}'`);
      }
    }
    expect(awsFacade(ENVIRONMENT).fhirBase).toBe('https://archive.example/fhir');
  });

  it('has an entry for each function', () => {
    const names = [...Object.keys(FUNCTION_ENDPOINTS), 'pre-token-generation'];
    expect(Object.keys(FACADE_FUNCTIONS).sort()).toEqual(names.sort());
  });
});

describe('the functions as they are deployed', () => {
  it('answer from the table that the environment names', async () => {
    const url = await listen(dynalite({ createTableMs: 0 }));
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', url);
    const client = new DynamoDBClient({});
    await createAuthTable(client);
    client.destroy();
    await register(awsAuthItems(process.env), 'app', {
      ...PUBLIC_APP,
      grant_type: 'authorization_code',
      token_endpoint_auth_method: 'none',
    });
    const statusOf = async (name: string, endpoint: string, changes: object) => {
      const { handler } = (await import(`../../functions/${name}/handler.ts`)) as { handler: FacadeHandler };
      const event = gatewayEvent('find-subject-variants-get', { path: `/auth/${endpoint}`, ...changes });
      const { statusCode, headers, body } = await handler(event);
      return { statusCode, body, location: headers?.['Location'] };
    };
    const query = { client_id: 'app', redirect_uri: 'https://app.example/callback', state: 's' };
    const multi = Object.fromEntries(Object.entries(query).map(([key, value]) => [key, [value]]));
    const asked = { queryStringParameters: query, multiValueQueryStringParameters: multi };
    const authorized = await statusOf('smart-authorize', 'authorize', asked);
    expect(authorized.location).toMatch(/^https:\/\/app\.example\/callback\?error=invalid_request&/);
    const form = {
      httpMethod: 'POST',
      headers: {},
      multiValueHeaders: { 'Content-Type': ['application/x-www-form-urlencoded'] },
    };
    for (const [name, endpoint] of [
      ['smart-token', 'token'],
      ['smart-token', 'revoke'],
      ['smart-introspect', 'introspect'],
      ['smart-launch', 'launch'],
    ] as const) {
      const { statusCode, body } = await statusOf(name, endpoint, { ...form, body: 'client_id=nobody&grant_type=x' });
      expect([statusCode, JSON.parse(body)['error']], endpoint).toEqual([401, 'invalid_client']);
    }
    expect((await statusOf('smart-introspect', 'token', form)).statusCode).toBe(404);
    const { handler } = (await import('../../functions/pre-token-generation/handler.ts')) as {
      handler: (event: object) => Promise<object>;
    };
    const event = { version: '3', triggerSource: 'x', callerContext: { clientId: 'app' }, request: { scopes: ['a'] } };
    expect(await handler(event)).toMatchObject({
      response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { scopesToSuppress: ['a'] } } },
    });
  });

  it('say that the table is out of reach, and grant nothing', async () => {
    const url = await listen(createServer((_, response) => response.writeHead(400).end('{"__type":"X"}')));
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', url);
    await expect(awsFacade(ENVIRONMENT).items.get('x')).rejects.toThrow(ServiceUnavailableError);
    await expect(awsFacade(ENVIRONMENT).items.use('x')).rejects.toThrow(ServiceUnavailableError);
  });
});

describe('answers from elsewhere', () => {
  it.each<[string, RequestListener]>([
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['an error', (_, response) => response.writeHead(500).end('{}')],
    ['too many requests', (_, response) => response.writeHead(429).end('{}')],
    ['no JSON', (_, response) => response.end('<html>')],
    ['no object', (_, response) => response.end('null')],
    ['too much', (_, response) => response.end(`{"a":"${'x'.repeat(300_000)}"}`)],
    ['nothing', (_, response) => response.destroy()],
  ])('are not taken: %s', async (_, listener) => {
    const url = await listen(createServer(listener));
    await expect(getJson(`${url}/keys`)).rejects.toThrow(ServiceUnavailableError);
  });

  it.each([
    ['max-age=60', 1],
    ['public, max-age=99999', 1],
    ['no-store', 2],
    ['max-age=60, no-cache', 2],
    ['', 2],
  ])('with Cache-Control %j are kept as allowed', async (cacheControl, requests) => {
    let asked = 0;
    let now = 1_000;
    const url = await listen(
      createServer((_, response) => {
        asked++;
        response.writeHead(200, { 'cache-control': cacheControl }).end('{"keys":[]}');
      }),
    );
    const keysAt = registeredKeys(() => now);
    for (let turn = 0; turn < 2; turn++) expect(await keysAt(`${url}/jwks.json`)).toEqual({ keys: [] });
    expect(asked).toBe(requests);
    now += 301;
    await keysAt(`${url}/jwks.json`);
    expect(asked).toBe(requests + 1);
  });

  it('are no keys when their server has none', async () => {
    const url = await listen(createServer((_, response) => response.writeHead(404).end('{}')));
    await expect(registeredKeys(() => 0)(url)).rejects.toThrow("The client's key set");
  });
});
