import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the next requests of an object get instead of the object. */
export type Fault = 'error 500' | 'error 503' | 'error 403' | 'cut short' | 'wrong bytes' | 'slow';

/** How long a slow answer takes, in milliseconds. */
const SLOW_MS = 1_500;

/** One version of an object, or the marker that says that it was removed. */
interface StoredVersion {
  readonly id: string;
  /** Undefined of a marker. */
  readonly body: Buffer | undefined;
  readonly at: Date;
}

/** The requests of S3 that the archive makes, over HTTP and in memory, in a bucket with versions. */
export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Every version of what was put or removed over HTTP, by key, oldest first. */
  readonly versions: ReadonlyMap<string, readonly StoredVersion[]>;
  /** Every request in order: its method and key, with a `?` where it names a version; `LIST` and `VERSIONS` of a prefix. */
  readonly requests: string[];
  readonly faults: Fault[];
  /** Only objects below it have faults; all when empty. */
  faultsBelow: string;
  /** Says "forbidden" of what is not there, as to a role that may not list the bucket. */
  hidesAbsence: boolean;
  /** Bytes of the body of every GET of an object, in order. */
  readonly sent: number[];
  close(): Promise<void>;
}

export async function startS3Server(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const faults: Fault[] = [];
  const versions = new Map<string, StoredVersion[]>();
  let drawn = 0;
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
    const asked = url.searchParams.get('versionId');
    const isList = key === '' && request.method === 'GET';
    const prefix = url.searchParams.get('prefix') ?? '';
    requests.push(
      isList
        ? `${url.searchParams.has('versions') ? 'VERSIONS' : 'LIST'} ${prefix}`
        : `${request.method} ${key}${asked === null ? '' : '?'}`,
    );
    if (name !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (isList && url.searchParams.has('versions')) return listVersions(response, url.searchParams);
    if (isList) return list(response, url.searchParams);
    if (request.method === 'PUT') {
      const arrived = await buffer(request);
      const promised = request.headers['x-amz-checksum-sha256'];
      if (promised !== undefined && promised !== sha256(arrived)) return fail(response, 400, 'BadDigest');
      response.writeHead(200, { etag: '"put"', 'x-amz-version-id': add(key, arrived) }).end();
      return;
    }
    if (request.method === 'DELETE') {
      await text(request);
      if (asked === null) add(key, undefined);
      else purge(key, asked);
      response.writeHead(204).end();
      return;
    }
    const kept = versions.get(key) ?? [];
    const version = asked === null ? kept.at(-1) : kept.find(({ id }) => id === asked);
    const body = asked === null ? objects.get(key) : version?.body;
    const fault = request.method === 'GET' && key.startsWith(running.faultsBelow) ? faults.shift() : undefined;
    if (fault === 'slow') await sleep(SLOW_MS);
    if (fault === 'error 503') return fail(response, 503, 'SlowDown');
    if (fault === 'error 500') return fail(response, 500, 'InternalError');
    if (fault === 'error 403') return fail(response, 403, 'AccessDenied');
    if (body === undefined && running.hidesAbsence) return fail(response, 403, 'AccessDenied');
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
      'last-modified': (version?.at ?? new Date()).toUTCString(),
      'accept-ranges': 'bytes',
      ...(request.headers['x-amz-checksum-mode'] === 'ENABLED' && first === undefined
        ? { 'x-amz-checksum-sha256': sha256(body) }
        : {}),
      ...(version === undefined ? {} : { 'x-amz-version-id': version.id }),
    });
    if (request.method === 'GET') sent.push(part.length);
    if (request.method === 'HEAD') response.end();
    else if (fault === 'cut short') response.write(part.subarray(0, part.length / 2), () => response.destroy());
    else response.end(fault === 'wrong bytes' ? Buffer.alloc(part.length) : part);
  }

  function add(key: string, body: Buffer | undefined): string {
    const id = `v${++drawn}`;
    versions.set(key, [...(versions.get(key) ?? []), { id, body, at: new Date() }]);
    stand(key, body);
    return id;
  }

  /** As S3 does: without its newest version an object is what it was before. */
  function purge(key: string, id: string): void {
    const left = (versions.get(key) ?? []).filter((version) => version.id !== id);
    if (left.length === 0) versions.delete(key);
    else versions.set(key, left);
    stand(key, left.at(-1)?.body);
  }

  function stand(key: string, body: Buffer | undefined): void {
    if (body === undefined) objects.delete(key);
    else objects.set(key, body);
  }

  /** Pages of two versions, newest of a key first. */
  function listVersions(response: ServerResponse, query: URLSearchParams): void {
    const all = [...versions]
      .filter(([key]) => key.startsWith(query.get('prefix') ?? ''))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, kept]) => kept.toReversed().map((version, place) => ({ key, ...version, latest: place === 0 })));
    const [key, id] = [query.get('key-marker'), query.get('version-id-marker')];
    const start = key === null ? 0 : all.findIndex((one) => one.key === key && one.id === id) + 1;
    const page = all.slice(start, start + 2);
    const entries = page.map((one) => {
      const common = `<Key>${one.key}</Key><VersionId>${one.id}</VersionId><IsLatest>${one.latest}</IsLatest><LastModified>${one.at.toISOString()}</LastModified>`;
      return one.body === undefined
        ? `<DeleteMarker>${common}</DeleteMarker>`
        : `<Version>${common}<Size>${one.body.length}</Size></Version>`;
    });
    const last = page.at(-1);
    const next =
      start + 2 < all.length
        ? `<IsTruncated>true</IsTruncated><NextKeyMarker>${last?.key}</NextKeyMarker><NextVersionIdMarker>${last?.id}</NextVersionIdMarker>`
        : '<IsTruncated>false</IsTruncated>';
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<ListVersionsResult>${entries.join('')}${next}</ListVersionsResult>`);
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
  const running: S3Server = {
    faultsBelow: '',
    hidesAbsence: false,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    versions,
    requests,
    faults,
    sent,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return running;
}

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('base64');

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
