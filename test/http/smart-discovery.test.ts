import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, issuersOf } from '../../lib/auth/issuers.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { echo, noPorts } from './fake-operation.ts';

const DECLARED = {
  authorization_endpoint: 'https://issuer.example/authorize',
  token_endpoint: 'https://issuer.example/token',
  introspection_endpoint: 'https://issuer.example/introspect',
  grant_types_supported: ['authorization_code', 'client_credentials'],
  scopes_supported: ['openid', 'fhirUser', 'launch/patient', 'patient/Observation.rs'],
  response_types_supported: ['code'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
  code_challenge_methods_supported: ['S256'],
  capabilities: ['launch-standalone', 'client-confidential-asymmetric', 'sso-openid-connect', 'permission-v2'],
};

const plain = { issuer: 'https://other.example', audience: 'a' };
const described = { issuer: 'https://issuer.example', audience: 'a', smart: DECLARED };
const issuers = (...entries: readonly unknown[]): readonly Issuer[] => issuersOf(JSON.stringify(entries));

const SERVERS = {
  'described by the second issuer': { issuers: issuers(plain, described) },
  'described by nobody': { issuers: issuers(plain) },
  open: 'off',
} as const;

let running: Readonly<Record<keyof typeof SERVERS, RunningServer>>;
beforeAll(async () => {
  const started = Object.entries(SERVERS).map(
    async ([name, auth]) => [name, await startServer({ port: 0, ports: noPorts, operations: [echo], auth })] as const,
  );
  running = Object.fromEntries(await Promise.all(started)) as typeof running;
});
afterAll(async () => {
  await Promise.all(Object.values(running ?? {}).map((server) => server.close()));
});

const CONFIGURATION = '.well-known/smart-configuration';

async function read(name: keyof typeof SERVERS, path: string, init: RequestInit = {}) {
  const response = await fetch(`${running[name].url}/${path}`, init);
  return { response, body: (await response.json()) as Record<string, never> };
}

describe('.well-known/smart-configuration', () => {
  it('is what was declared of the authorization server, with issuer and keys', async () => {
    const { response, body } = await read('described by the second issuer', CONFIGURATION);
    expect(response.status).toBe(200);
    expect(body).toEqual({
      issuer: 'https://issuer.example',
      jwks_uri: 'https://issuer.example/.well-known/jwks.json',
      ...DECLARED,
    });
  });

  it('is application/json whatever is accepted, for pages of any origin', async () => {
    for (const accept of ['application/fhir+json', 'text/html', 'application/xml', '*/*']) {
      const headers = { accept, origin: 'https://app.example' };
      const { response } = await read('described by the second issuer', CONFIGURATION, { headers });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    }
  });

  it.each(['described by nobody', 'open'] as const)('is a 404 on a server that is %s', async (name) => {
    const { response, body } = await read(name, CONFIGURATION);
    expect([response.status, body['resourceType']]).toEqual([404, 'OperationOutcome']);
  });
});

describe('CapabilityStatement.rest.security', () => {
  const security = async (name: keyof typeof SERVERS) => {
    const { body } = await read(name, 'metadata');
    return (body['rest'] as unknown as { security?: Record<string, unknown> }[])[0]?.security;
  };

  it('names SMART and the endpoints that were declared, and no others', async () => {
    expect(await security('described by the second issuer')).toMatchObject({
      cors: true,
      service: [{ coding: [{ code: 'SMART-on-FHIR' }] }],
      extension: [
        {
          url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
          extension: [
            { url: 'authorize', valueUri: 'https://issuer.example/authorize' },
            { url: 'token', valueUri: 'https://issuer.example/token' },
            { url: 'introspect', valueUri: 'https://issuer.example/introspect' },
          ],
        },
      ],
    });
  });

  it('says that a token is needed where nobody is known to issue one', async () => {
    const told = await security('described by nobody');
    expect(told).toMatchObject({ cors: true });
    expect(Object.keys(told ?? {}).sort()).toEqual(['cors', 'description']);
  });

  it('is not there on a server that is open', async () => {
    expect(await security('open')).toBeUndefined();
  });
});

describe('OpenAPI', () => {
  it('asks for a token where one is needed, and not for what is public', async () => {
    const { body } = await read('described by the second issuer', 'openapi.json');
    const document = body as unknown as {
      security: unknown;
      components: { securitySchemes: Record<string, unknown> };
      paths: Record<string, { get: { security?: unknown } }>;
    };
    expect(document.security).toEqual([{ token: [] }]);
    expect(document.components.securitySchemes['token']).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.paths['/$echo']?.get.security).toBeUndefined();
    for (const path of ['/metadata', `/${CONFIGURATION}`]) expect(document.paths[path]?.get.security).toEqual([]);
    expect((await read('open', 'openapi.json')).body).not.toHaveProperty('security');
  });
});
