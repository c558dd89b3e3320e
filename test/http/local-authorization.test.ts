import { request as httpRequest } from 'node:http';
import type { AuditEvent } from '@medplum/fhirtypes';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { claims, issuerWith, type SigningKey, sign, signingKey } from '../support/tokens.ts';
import { echo, fake, noPorts } from './fake-operation.ts';

let key: SigningKey;
let server: RunningServer;
let audited: AuditEvent[] = [];
/** How often an operation got as far as looking anything up. */
let lookups = 0;

const counting = fake('counting', async () => {
  lookups++;
  return echo.prepare({ subject: 'S1', ranges: ['a'] }, noPorts);
});

beforeAll(async () => {
  key = await signingKey('k1');
  server = await startServer({
    port: 0,
    ports: noPorts,
    operations: [echo, counting],
    auth: { issuers: [issuerWith([key])] },
    audit: async (event) => {
      audited.push(event);
    },
  });
});
afterAll(() => server.close());
beforeEach(() => {
  audited = [];
  lookups = 0;
});

const patientToken = (patient: string) =>
  sign(key, claims({ fhirUser: undefined, patient, scope: 'launch/patient patient/Observation.rs' }));

async function ask(query: string, token: string | undefined, headers: Readonly<Record<string, string>> = {}) {
  const authorization: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${server.url}/${query}`, { headers: { ...authorization, ...headers } });
}

async function refusal(response: Response) {
  const body = (await response.json()) as { resourceType: string; issue: { code: string }[] };
  expect(body.resourceType).toBe('OperationOutcome');
  expect(response.headers.get('content-type')).toBe('application/fhir+json');
  return [response.status, body.issue[0]?.code, response.headers.get('www-authenticate')];
}

describe('a server that checks tokens', () => {
  it('answers nothing without one, at any route', async () => {
    for (const path of ['$counting', 'Patient/$counting', 'subject-operations/genotype-operations/%24counting']) {
      const response = await ask(`${path}?subject=S1&ranges=a`, undefined);
      expect(await refusal(response)).toEqual([401, 'login', 'Bearer realm="fhir"']);
    }
    expect(lookups).toBe(0);
  });

  it('does not look for tokens anywhere but in the header', async () => {
    const token = await sign(key, claims());
    const response = await ask(`$counting?subject=S1&ranges=a&access_token=${token}`, undefined);
    expect(response.status).toBe(401);
    const form = await fetch(`${server.url}/$counting`, {
      method: 'POST',
      body: new URLSearchParams({ subject: 'S1', ranges: 'a', access_token: token }),
    });
    expect(form.status).toBe(401);
    const claimed = await ask('$counting?subject=S1&ranges=a', undefined, {
      'x-patient': 'S1',
      'x-scope': 'user/*.rs',
    });
    expect(claimed.status).toBe(401);
  });

  it('answers whoever may ask', async () => {
    const response = await ask('$echo?subject=S1&ranges=a', await sign(key, claims()));
    expect(response.status).toBe(200);
  });

  it('refuses a bad token with invalid_token, before it reads what is asked', async () => {
    const response = await ask('$counting?nonsense', `${await sign(key, claims())}x`);
    expect(await refusal(response)).toEqual([401, 'security', 'Bearer realm="fhir", error="invalid_token"']);
  });

  it('refuses two Authorization headers', async () => {
    const token = await sign(key, claims());
    const { port } = new URL(server.url);
    const status = await new Promise((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path: '/fhir/$counting?subject=S1&ranges=a' }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .setHeader('authorization', [`Bearer ${token}`, `Bearer ${token}`])
        .end();
    });
    expect(status).toBe(400);
    expect(lookups).toBe(0);
  });

  it('says 404 of what is no operation, and 405 of a method, whoever asks', async () => {
    expect((await ask('$nothing', undefined)).status).toBe(404);
    expect((await fetch(`${server.url}/$echo`, { method: 'DELETE' })).status).toBe(405);
  });

  it('lets a patient ask about themselves only, and refuses others before any lookup', async () => {
    const token = await patientToken('S1');
    expect((await ask('$counting?subject=S1&ranges=a', token)).status).toBe(200);
    expect(lookups).toBe(1);
    const other = await ask('$counting?subject=S2&ranges=a', token);
    expect(await refusal(other)).toEqual([
      403,
      'forbidden',
      'Bearer realm="fhir", error="insufficient_scope", scope="patient/Observation.s"',
    ]);
    expect(lookups).toBe(1);
  });

  it('keeps what it discloses and what it refuses, and nothing of what was asked or of the token', async () => {
    const token = await patientToken('S1');
    await ask('$echo?subject=Patient/S1&ranges=NC_000001.11:1-2', token, { 'x-request-id': 'request-1' });
    await ask('$echo?subject=S2&ranges=NC_000001.11:1-2', token);
    await ask('$echo?subject=S2&ranges=NC_000001.11:1-2', undefined);
    expect(audited.map(({ outcome, outcomeDesc }) => [outcome, outcomeDesc])).toEqual([
      ['0', 'HTTP 200'],
      ['4', 'HTTP 403: forbidden'],
      ['4', 'HTTP 401: login'],
    ]);
    const text = JSON.stringify(audited);
    expect(text).not.toContain('NC_');
    for (const segment of token.split('.')) expect(text).not.toContain(segment);
    expect(JSON.stringify(audited[0])).toContain('"Patient/S1"');
    expect(JSON.stringify(audited[0])).toContain('request-1');
  });

  it('tells of a client that has the answer already', async () => {
    const token = await sign(key, claims());
    const etag = (await ask('$echo?subject=S1&ranges=a', token)).headers.get('etag') ?? '';
    expect((await ask('$echo?subject=S1&ranges=a', token, { 'if-none-match': etag })).status).toBe(304);
    expect((await ask('$echo?subject=S1&ranges=a', undefined, { 'if-none-match': etag })).status).toBe(401);
    expect(audited.map(({ outcomeDesc }) => outcomeDesc)).toEqual(['HTTP 200', 'HTTP 304', 'HTTP 401: login']);
  });

  it('gives other views other ETags', async () => {
    const clinician = await ask('$echo?subject=S1&ranges=a', await sign(key, claims()));
    const patient = await ask('$echo?subject=S1&ranges=a', await patientToken('S1'));
    expect(await patient.text()).toBe(await clinician.text());
    expect(patient.headers.get('etag')).not.toBe(clinician.headers.get('etag'));
  });

  it('answers pages of any origin, preflights without a token', async () => {
    const origin = 'https://app.example';
    const preflight = await fetch(`${server.url}/$echo`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const response = await ask('$echo?subject=S1&ranges=a', undefined, { origin });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });

  it('keeps the utilities for those who have a token, and the descriptions for everyone', async () => {
    expect((await ask('utilities/normalize-variant?variant=x', undefined)).status).toBe(401);
    for (const path of ['metadata', 'OperationDefinition', 'openapi.json']) {
      expect((await ask(path, undefined)).status).toBe(200);
    }
  });
});

describe('behind something that has the name', () => {
  const statusAs = (url: string, host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port, pathname } = new URL(url);
      httpRequest({ host: '127.0.0.1', port, path: `${pathname}/metadata`, headers: { host } }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });

  it.each([
    ['a server that checks tokens answers to it', true, 200],
    ['a server that checks nobody does not', false, 421],
  ])('%s', async (_, checks, status) => {
    const auth = checks ? { issuers: [issuerWith([key])] } : 'off';
    const baseUrl = 'https://fhir.example/fhir/';
    const named = await startServer({ port: 0, ports: noPorts, operations: [echo], auth, baseUrl });
    expect(await statusAs(named.url, 'fhir.example')).toBe(status);
    expect(await statusAs(named.url, 'other.example')).toBe(421);
    expect(await statusAs(named.url, new URL(named.url).host)).toBe(200);
    await named.close();
  });

  it('patients of the server are those of that name', async () => {
    const baseUrl = 'https://fhir.example/fhir';
    const auth = { issuers: [issuerWith([key])] };
    const named = await startServer({ port: 0, ports: noPorts, operations: [echo], auth, baseUrl });
    const token = await patientToken('S1');
    const of = async (subject: string) =>
      (await fetch(`${named.url}/$echo?ranges=a&subject=${subject}`, { headers: { authorization: `Bearer ${token}` } }))
        .status;
    expect(await of(`${baseUrl}/Patient/S1`)).toBe(200);
    expect(await of(`${baseUrl}/Patient/S2`)).toBe(403);
    expect(await of(`${named.url}/Patient/S1`)).toBe(400);
    await named.close();
  });
});

describe('when the audit log fails', () => {
  it('discloses nothing, and refusals stay refusals', async () => {
    const faults: unknown[] = [];
    const failing = await startServer({
      port: 0,
      ports: noPorts,
      operations: [echo],
      auth: { issuers: [issuerWith([key])] },
      audit: () => Promise.reject(new Error('disk full')),
      onFault: (error) => faults.push(error),
    });
    const authorization = `Bearer ${await sign(key, claims())}`;
    const url = `${failing.url}/$echo?subject=S1&ranges=a`;
    const response = await fetch(url, { headers: { authorization } });
    expect(await refusal(response)).toEqual([503, 'transient', null]);
    expect((await fetch(url)).status).toBe(401);
    expect(faults.length).toBeGreaterThan(0);
    await failing.close();
  });
});
