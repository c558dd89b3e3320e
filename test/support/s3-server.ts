import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

/** What the next requests of an object get instead of the object. */
type Fault = 'error 500' | 'error 403' | 'cut short' | 'wrong bytes';

/** The five requests of S3 that the archive makes, over HTTP and in memory. */
export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Method and key of every request, in order. */
  readonly requests: string[];
  readonly faults: Fault[];
  /** Bytes of the body of every GET of an object, in order. */
  readonly sent: number[];
  close(): Promise<void>;
}

export async function startS3Server(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const faults: Fault[] = [];
  const sent: number[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    requests.push(`${request.method} ${key}`);
    if (name !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (key === '' && request.method === 'GET') return list(response, url.searchParams);
    if (request.method === 'PUT') {
      objects.set(key, await buffer(request));
      response.writeHead(200, { etag: '"put"' }).end();
      return;
    }
    if (request.method === 'DELETE') {
      await text(request);
      objects.delete(key);
      response.writeHead(204).end();
      return;
    }
    const body = objects.get(key);
    const fault = request.method === 'GET' ? faults.shift() : undefined;
    if (fault === 'error 500') return fail(response, 500, 'InternalError');
    if (fault === 'error 403') return fail(response, 403, 'AccessDenied');
    if (body === undefined) return fail(response, 404, 'NoSuchKey');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const wanted = request.headers['if-match'];
    if (wanted !== undefined && wanted !== etag) return fail(response, 412, 'PreconditionFailed');
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = first === undefined ? body : body.subarray(Number(first), Number(last) + 1);
    response.writeHead(first === undefined ? 200 : 206, {
      ...(first === undefined
        ? {}
        : { 'content-range': `bytes ${first}-${Number(first) + part.length - 1}/${body.length}` }),
      'content-length': part.length,
      etag,
      'last-modified': new Date().toUTCString(),
    });
    if (request.method === 'GET') sent.push(part.length);
    if (request.method === 'HEAD') response.end();
    else if (fault === 'cut short') response.write(part.subarray(0, part.length / 2), () => response.destroy());
    else response.end(fault === 'wrong bytes' ? Buffer.alloc(part.length) : part);
  }

  /** Pages of two keys, so that every list has several. */
  function list(response: ServerResponse, query: URLSearchParams): void {
    const from = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > from).sort();
    const page = keys.slice(0, 2);
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`,
    );
    const next =
      keys.length > 2 ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page[1]}</NextContinuationToken>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<ListBucketResult>${contents.join('')}${next}</ListBucketResult>`);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    faults,
    sent,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
