import { InvalidInputError } from '../genomics/errors.ts';
import { tooCostly } from './errors.ts';

/** Largest request body read. 10,000 ranges as `Parameters` take about 0.7 MB. */
export const MAX_BODY_BYTES = 1_048_576;

/** Values of each name, in the order they were sent. */
export type Multimap = ReadonlyMap<string, readonly string[]>;

/** One HTTP request, whichever shell it came through. */
export interface OperationRequest {
  /** Upper case. */
  readonly method: string;
  /** Percent-decoded, so that `%24` is `$`. */
  readonly path: string;
  readonly query: Multimap;
  /** By lower-case name; repeated headers are joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body as text; empty when there is none. @throws HttpError 413, InvalidInputError when it is not UTF-8 */
  text(): Promise<string>;
}

/** The part of an API Gateway REST (v1) proxy event that a request is made of. */
export interface GatewayEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** Reads a Fetch request, as the local server gets it. The body is read when it is asked for. */
export function fromFetch(request: Request): OperationRequest {
  const url = new URL(request.url);
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers) headers.set(name, value);
  return {
    method: request.method.toUpperCase(),
    path: decodePath(url.pathname),
    query: multimap(url.searchParams),
    headers,
    text: async () => utf8(await readBody(request)),
  };
}

/** Reads an API Gateway event, whose query the gateway has decoded. */
export function fromGateway(event: GatewayEvent): OperationRequest {
  return {
    method: event.httpMethod.toUpperCase(),
    path: decodePath(event.path),
    query: gatewayQuery(event),
    headers: gatewayHeaders(event),
    text: async () => gatewayText(event),
  };
}

/** Groups `name=value` pairs by name, order kept. */
export function multimap(pairs: Iterable<readonly [string, string]>): Multimap {
  const map = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = map.get(name);
    if (values === undefined) map.set(name, [value]);
    else values.push(value);
  }
  return map;
}

/** Percent-decodes a path. Text that is not valid percent-encoding is left as it is, and then matches no route. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function gatewayQuery(event: GatewayEvent): Multimap {
  const many = event.multiValueQueryStringParameters;
  if (many) {
    return multimap(Object.entries(many).flatMap(([name, values]) => (values ?? []).map((v) => [name, v] as const)));
  }
  return multimap(
    Object.entries(event.queryStringParameters ?? {}).map(([name, value]) => [name, value ?? ''] as const),
  );
}

function gatewayHeaders(event: GatewayEvent): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(event.headers ?? {})) headers.set(name.toLowerCase(), value ?? '');
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values) headers.set(name.toLowerCase(), values.join(', '));
  }
  return headers;
}

function gatewayText(event: GatewayEvent): string {
  const body = event.body ?? '';
  const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > MAX_BODY_BYTES) throw bodyTooLarge();
  return utf8(bytes);
}

async function readBody(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw bodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function bodyTooLarge(): Error {
  return tooCostly(`The request body is larger than ${MAX_BODY_BYTES} bytes; split the question`);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidInputError('The request body is not UTF-8 text', undefined, { cause });
  }
}
