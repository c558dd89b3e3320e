import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { brotliDecompressSync, createBrotliDecompress, createGunzip, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { MAX_BODY_BYTES } from '../../lib/http/request.ts';
import { echo, failing, fake, noPorts } from './fake-operation.ts';

const faults: unknown[] = [];

const operations = [
  echo,
  fake('first-read-fails', async () => failing(0)),
  fake('later-read-fails', async () => failing(5)),
  fake('unavailable', async () => {
    throw new UnavailableError('The table does not answer');
  }),
  fake('faulty', async () => {
    throw new TypeError('subject S1 has 0/1 at chr1:100');
  }),
  fake('waiting', async () => ({
    dependsOn: [],
    run: async function* () {
      yield '{"resourceType":"Parameters","parameter":[';
      await new Promise(() => {});
    },
  })),
];

let server: RunningServer;
let port: number;

beforeAll(async () => {
  server = await startServer({ port: 0, ports: noPorts, operations, onFault: (error) => faults.push(error) });
  port = Number(new URL(server.url).port);
});
afterAll(() => server.close());

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly complete: boolean;
}

/** A request that nothing adds headers to or takes encodings away from. */
function raw(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  return new Promise<Raw>((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = httpRequest({ host: '127.0.0.1', port, path, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      const finish = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete: response.complete,
        });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', finish);
      response.on('error', finish);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const QUERY = 'subject=S1&ranges=a,b&includeVariants=true';
const ECHOED = { subject: 'S1', ranges: ['a', 'b'], includeVariants: true };
const BODY = JSON.stringify({
  resourceType: 'Parameters',
  parameter: [
    { name: 'includeVariants', valueBoolean: true },
    { name: 'subject', valueString: 'S1' },
    { name: 'ranges', valueString: 'a' },
    { name: 'ranges', valueString: 'b' },
  ],
});

function outcome(response: Raw): { readonly code: string; readonly expression?: readonly string[] } {
  expect(response.headers['content-type']).toBe('application/fhir+json');
  const body = JSON.parse(response.body.toString());
  expect(body.resourceType).toBe('OperationOutcome');
  expect(body.issue).toHaveLength(1);
  return body.issue[0];
}

describe('routes', () => {
  it.each([
    '/fhir/$echo',
    '/fhir/%24echo',
    '/fhir/Patient/$echo',
    '/fhir/Patient/%24echo',
    '/fhir/subject-operations/genotype-operations/$echo',
    '/fhir/subject-operations/genotype-operations/%24echo',
  ])('%s answers GET and both POST forms alike', async (path) => {
    const get = await raw(`${path}?${QUERY}`);
    const post = await raw(path, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: BODY });
    const form = await raw(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: QUERY,
    });
    expect([get.status, post.status, form.status]).toEqual([200, 200, 200]);
    expect(post.body).toEqual(get.body);
    expect(form.body).toEqual(get.body);
    expect(new Set([get.headers['etag'], post.headers['etag'], form.headers['etag']]).size).toBe(1);
    expect(JSON.parse(JSON.parse(get.body.toString()).parameter[0].valueString)).toEqual(ECHOED);
  });

  it.each([
    '/fhir/$nothing',
    '/fhir/echo',
    '/fhir/Observation/$echo',
    '/fhir/population-operations/genotype-operations/$echo',
    '/fhir/OperationDefinition/nothing',
    '/fhir/Patient/S1',
    '/fhir',
    '/nothing',
    '/%ff',
  ])('%s is a 404 with an OperationOutcome', async (path) => {
    const response = await raw(path);
    expect(response.status).toBe(404);
    expect(outcome(response).code).toBe('not-found');
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is a 405 that says what is allowed', async (method) => {
    const response = await raw(`/fhir/$echo?${QUERY}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('GET, HEAD, POST');
    expect(outcome(response).code).toBe('not-supported');
    expect((await raw('/fhir/metadata', { method: 'POST' })).status).toBe(405);
  });

  it('HEAD has the headers of GET and no body', async () => {
    const get = await raw(`/fhir/$echo?${QUERY}`);
    const head = await raw(`/fhir/$echo?${QUERY}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    for (const name of ['etag', 'content-type', 'cache-control', 'vary']) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
    const refused = await raw('/fhir/$echo', { method: 'HEAD' });
    expect([refused.status, refused.body.length]).toEqual([400, 0]);
  });
});

describe('headers', () => {
  it('say how to cache, how long it took and which request it was', async () => {
    const { headers } = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'x-request-id': 'my-id.1' } });
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers['vary']).toBe('Authorization, Accept, Accept-Encoding, Prefer');
    expect(headers['server-timing']).toMatch(
      /^authenticate;dur=[\d.]+, parse;dur=[\d.]+, prepare;dur=[\d.]+, read;dur=[\d.]+$/,
    );
    expect(headers['x-request-id']).toBe('my-id.1');
    expect(headers['content-type']).toBe('application/fhir+json');
  });

  it.each(['', 'a b', 'x'.repeat(65), 'a"b'])('replace the request id %j', async (id) => {
    const { headers } = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('ETag', () => {
  const tag = async (query: string, headers = {}) => (await raw(`/fhir/$echo?${query}`, { headers })).headers['etag'];

  it('is strong, stable, and the same for all ways to ask one question', async () => {
    const etag = await tag(QUERY);
    expect(etag).toMatch(/^"[\w-]{32}"$/);
    expect(await tag('includeVariants=true&ranges=a&ranges=b&subject=S1&unknown=1')).toBe(etag);
  });

  it('differs with the question, its order and the encoding', async () => {
    const tags = await Promise.all([
      tag(QUERY),
      tag('subject=S1&ranges=b,a&includeVariants=true'),
      tag('subject=S1&ranges=a,b'),
      tag('subject=S1&ranges=a\\,b&includeVariants=true'),
      tag(QUERY, { 'accept-encoding': 'gzip' }),
      tag(QUERY, { 'accept-encoding': 'br' }),
    ]);
    expect(new Set(tags).size).toBe(tags.length);
  });

  it('spares an answer that the client has', async () => {
    const etag = String(await tag(QUERY));
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'if-none-match': sent } });
      expect([response.status, response.body.length, response.headers['etag']]).toEqual([304, 0, etag]);
    }
    const other = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });

  it('does not spare a POST, nor a refusal', async () => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json', 'if-none-match': '*' }, body: BODY };
    expect((await raw('/fhir/$echo', post)).status).toBe(200);
    expect((await raw('/fhir/$echo', { headers: { 'if-none-match': '*' } })).status).toBe(400);
  });
});

describe('encodings', () => {
  it('gzip and brotli carry the plain answer', async () => {
    const plain = await raw(`/fhir/$echo?${QUERY}`);
    const gzip = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'accept-encoding': 'gzip' } });
    const br = await raw(`/fhir/$echo?${QUERY}`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect([gzip.headers['content-encoding'], br.headers['content-encoding']]).toEqual(['gzip', 'br']);
    expect(gunzipSync(gzip.body)).toEqual(plain.body);
    expect(brotliDecompressSync(br.body)).toEqual(plain.body);
  });

  it('a body of another type is a 415, an answer of another type a 406', async () => {
    const xml = await raw('/fhir/$echo', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' });
    expect([xml.status, outcome(xml).code]).toEqual([415, 'not-supported']);
    const asked = await raw(`/fhir/$echo?${QUERY}`, { headers: { accept: 'application/fhir+xml' } });
    expect([asked.status, outcome(asked).code]).toEqual([406, 'not-supported']);
    expect((await raw(`/fhir/$echo?${QUERY}&_format=xml`)).status).toBe(406);
  });
});

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  br: createBrotliDecompress,
};

describe('streaming', () => {
  it.each(['identity', 'gzip', 'br'])('sends what it has while it waits for more (%s)', async (encoding) => {
    const path = '/fhir/$waiting?subject=S1&ranges=a';
    const first = await new Promise<Buffer>((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port, path, headers: { 'accept-encoding': encoding } }, (r) => {
        const decoder = decoders[encoding]?.();
        const text = decoder === undefined ? r : r.pipe(decoder);
        text.once('data', (chunk: Buffer) => {
          resolve(chunk);
          sent.destroy();
        });
        text.on('error', () => {});
        r.on('error', () => {});
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(first.toString()).toBe('{"resourceType":"Parameters","parameter":[');
  });
});

describe('failures', () => {
  it('of the first read have a status, an OperationOutcome and Retry-After', async () => {
    for (const operation of ['first-read-fails', 'unavailable']) {
      const response = await raw(`/fhir/$${operation}?${QUERY}`);
      expect([response.status, response.headers['retry-after']]).toEqual([503, '5']);
      expect(response.headers['etag']).toBeUndefined();
      expect(outcome(response).code).toBe('transient');
    }
  });

  it.each(['identity', 'gzip', 'br'])('of a later read break the answer off (%s)', async (encoding) => {
    faults.length = 0;
    const response = await raw(`/fhir/$later-read-fails?${QUERY}`, { headers: { 'accept-encoding': encoding } }).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (response instanceof Error) expect(response.message).toMatch(/hang up|ECONNRESET/);
    else {
      expect(response.complete).toBe(false);
      expect(() => JSON.parse(decoded(response.body, encoding))).toThrow();
    }
    expect(faults).toEqual([expect.any(UnavailableError)]);
  });

  it('of our own say nothing of what they hold', async () => {
    faults.length = 0;
    const response = await raw(`/fhir/$faulty?${QUERY}`);
    expect(response.status).toBe(500);
    expect(response.body.toString()).not.toMatch(/0\/1|chr1|TypeError/);
    expect(outcome(response).code).toBe('exception');
    expect(faults).toEqual([expect.any(TypeError)]);
  });

  it('of the input name the parameter', async () => {
    const response = await raw('/fhir/$echo?subject=S1');
    expect(response.status).toBe(400);
    expect(outcome(response)).toMatchObject({ code: 'required', expression: ['ranges'] });
  });

  it('too large a body is a 413', async () => {
    const body = 'x'.repeat(MAX_BODY_BYTES + 1);
    const response = await raw('/fhir/$echo', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([response.status, outcome(response).code]).toEqual([413, 'too-costly']);
  });

  it('a URL that is too long, and what is no HTTP, get an OperationOutcome too', async () => {
    const long = await raw(`/fhir/$echo?subject=S1&ranges=${'a,'.repeat(40_000)}`);
    expect([long.status, outcome(long).code]).toEqual([431, 'too-costly']);
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const socket = connect(port, '127.0.0.1', () => socket.end('NO HTTP AT ALL\r\n\r\n'));
      socket.on('data', (chunk) => {
        seen += chunk.toString();
      });
      socket.on('close', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/fhir\+json/);
  });
});

describe('this machine only', () => {
  it.each(['0.0.0.0', '192.168.1.10', '::', 'example.org'])('refuses to listen on %s and says why', async (host) => {
    await expect(startServer({ port: 0, host, ports: noPorts, operations })).rejects.toThrow(/without authorization/);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('takes the Host %s', async (name) => {
    expect((await raw(`/fhir/$echo?${QUERY}`, { headers: { host: `${name}:${port}` } })).status).toBe(200);
  });

  it.each(['evil.example:PORT', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:PORT', '127.0.0.1.:PORT'])(
    'refuses the Host %j',
    async (host) => {
      const response = await raw(`/fhir/$echo?${QUERY}`, { headers: { host: host.replace('PORT', String(port)) } });
      expect([response.status, outcome(response).code]).toEqual([421, 'forbidden']);
    },
  );

  it('refuses a request without Host', async () => {
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /fhir/metadata HTTP/1.0\r\n\r\n'));
      socket.on('data', (chunk) => {
        seen += chunk.toString();
      });
      socket.on('close', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 421 /);
  });

  it.each(['http://127.0.0.1:5173', 'http://localhost:3000', 'http://[::1]:3000', 'https://localhost'])(
    'lets pages of %s in',
    async (origin) => {
      const response = await raw(`/fhir/$echo?${QUERY}`, { headers: { origin } });
      expect([response.status, response.headers['access-control-allow-origin']]).toEqual([200, origin]);
      expect(response.headers['vary']).toContain('Origin');
      expect(response.headers['access-control-expose-headers']).toContain('ETag');
      const preflight = await raw('/fhir/$echo', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers['access-control-allow-origin']).toBe(origin);
      expect(preflight.headers['access-control-allow-methods']).toBe('GET, HEAD, POST');
      expect(preflight.headers['access-control-allow-headers']).toContain('Content-Type');
    },
  );

  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1.evil.example',
    'file://',
    'http://localhost@evil.example',
  ])('keeps pages of %s out', async (origin) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin };
    const response = await raw('/fhir/$echo', { method: 'POST', headers: form, body: QUERY });
    expect([response.status, outcome(response).code]).toEqual([403, 'forbidden']);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
    const headers = { origin, 'access-control-request-method': 'POST' };
    expect((await raw('/fhir/$echo', { method: 'OPTIONS', headers })).status).toBe(403);
  });
});

describe('discovery', () => {
  it('lists every operation in the CapabilityStatement, with its own address', async () => {
    const body = JSON.parse((await raw('/fhir/metadata')).body.toString());
    expect(body.resourceType).toBe('CapabilityStatement');
    expect(body.implementation.url).toBe(server.url);
    const listed = body.rest[0].operation.map((operation: { name: string }) => operation.name);
    expect(listed).toEqual(operations.map((operation) => operation.row.code));
  });

  it('serves each OperationDefinition, alone and in the Bundle', async () => {
    const bundle = JSON.parse((await raw('/fhir/OperationDefinition')).body.toString());
    expect([bundle.resourceType, bundle.type, bundle.total]).toEqual(['Bundle', 'searchset', operations.length]);
    const one = JSON.parse((await raw('/fhir/OperationDefinition/echo')).body.toString());
    expect(bundle.entry[0].resource).toEqual(one);
    expect(one.parameter.map((p: { name: string }) => p.name)).toContain('testDateRange');
  });

  it('has an ETag and spares what the client has', async () => {
    const { headers } = await raw('/fhir/openapi.json');
    const again = await raw('/fhir/openapi.json', { headers: { 'if-none-match': String(headers['etag']) } });
    expect(again.status).toBe(304);
  });
});

it('close lets no more requests in', async () => {
  const other = await startServer({ port: 0, ports: noPorts, operations });
  expect((await fetch(`${other.url}/metadata`)).status).toBe(200);
  await other.close();
  await expect(fetch(`${other.url}/metadata`)).rejects.toThrow();
});

function decoded(body: Buffer, encoding: string): string {
  if (encoding === 'gzip') return gunzipSync(body).toString();
  if (encoding === 'br') return brotliDecompressSync(body).toString();
  return body.toString();
}
