import { createHash, randomUUID } from 'node:crypto';
import { outcomeOf } from '../fhir/outcome.ts';
import type { Ports } from '../operations/ports.ts';
import type { Input, Operation, OperationRow, Prepared } from '../operations/row.ts';
import { spendBudget } from './budget.ts';
import { encodeBody, encodeText } from './content.ts';
import { HttpError, methodNotAllowed } from './errors.ts';
import { checkAcceptable, type Encoding, encodingOf } from './negotiate.ts';
import { parseInput } from './parse-input.ts';
import type { OperationRequest } from './request.ts';

/** Status, headers and body of a response. A failure while the body is read means: break the connection. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when there is none: HEAD, 204, 304. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

export interface AnswerContext {
  /** Version of the code: another one may answer the same question otherwise. */
  readonly software: string;
  /** The shell's own id of the request, for when the client sent none. */
  readonly requestId?: string | undefined;
  /** Told of failures that are ours to mend; the client only learns that there was one. */
  readonly onFault: (error: unknown, requestId: string) => void;
  /** Who asks, for the budget of questions about everyone; all are one when absent. */
  readonly clientOf?: (request: OperationRequest) => string;
}

export const FHIR_JSON = 'application/fhir+json';
export const OPERATION_METHODS = 'GET, HEAD, POST';

const VARY = 'Authorization, Accept, Accept-Encoding, Prefer';
/** Seconds after which a client may try again, for 429 and 503. */
const RETRY_AFTER_SECONDS = '5';

/**
 * Answers one operation request: the same steps for every operation, behind every shell. Never throws. The answer is
 * given out only after the first read succeeded, so whatever can be refused has its own status.
 */
export async function answer<R extends OperationRow>(
  operation: Operation<R>,
  request: OperationRequest,
  ports: Ports,
  context: AnswerContext,
): Promise<HttpAnswer> {
  return respond(request, context, async (measure) => {
    checkMethod(request);
    checkAcceptable(request);
    const input = await measure('parse', () => parseInput(operation.row, request));
    // Authorization belongs here: after the input is known, before anything is looked up.
    await spendBudget(operation.row, ports, context.clientOf?.(request));
    const prepared = await measure('prepare', () => operation.prepare(input, ports));
    const encoding = encodingOf(request);
    const etag = etagOf(operation.row.code, input, prepared, encoding, context.software);
    if (request.method !== 'POST' && isFresh(request, etag)) return { status: 304, headers: { ETag: etag } };
    const pieces = await measure('read', () => firstPulled(prepared.run()));
    const headers = { ETag: etag, 'Content-Type': FHIR_JSON, ...encodingHeader(encoding) };
    if (request.method === 'HEAD') {
      await pieces.return();
      return { status: 200, headers };
    }
    return { status: 200, headers, body: encodeBody(pieces, encoding), release: () => pieces.return() };
  });
}

/** What a step makes of a request; the headers that all answers share are added afterwards. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** Lets go of what the body reads from, also when nobody ever read the body. */
  readonly release?: () => Promise<unknown>;
}

/** Runs a step, turns its failure into an OperationOutcome and adds what every answer carries. */
export async function respond(
  request: OperationRequest | undefined,
  context: AnswerContext,
  step: (measure: Measure) => Promise<Reply>,
): Promise<HttpAnswer> {
  const requestId = requestIdOf(request, context);
  const timings: string[] = [];
  let reply: Reply;
  try {
    reply = await step(stopwatch(timings));
  } catch (error) {
    reply = refusal(error, request?.method === 'HEAD');
    if (reply.status >= 500) context.onFault(error, requestId);
  }
  const headers = {
    'Cache-Control': 'private, no-cache',
    Vary: VARY,
    'X-Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
    ...(timings.length === 0 ? {} : { 'Server-Timing': timings.join(', ') }),
    ...reply.headers,
  };
  const body = reply.body && watched(reply.body, reply.release, (error) => context.onFault(error, requestId));
  return { status: reply.status, headers, body };
}

/** Whether the client already has what it asks for. Weak comparison, as If-None-Match wants it. */
export function isFresh(request: OperationRequest, etag: string): boolean {
  const tags = request.headers.get('if-none-match')?.split(',') ?? [];
  return tags.some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** A strong ETag over whatever decides an answer. */
export function hashTag(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // The length keeps ['ab', 'c'] and ['a', 'bc'] apart.
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return `"${hash.digest('base64url').slice(0, 32)}"`;
}

export function encodingHeader(encoding: Encoding): Readonly<Record<string, string>> {
  return encoding === 'identity' ? {} : { 'Content-Encoding': encoding };
}

function checkMethod(request: OperationRequest): void {
  if (!OPERATION_METHODS.split(', ').includes(request.method)) {
    throw methodNotAllowed(request.method, OPERATION_METHODS);
  }
}

/** Known before the query runs: the question, what it reads and who reads it. The input has its row's order. */
function etagOf<R extends OperationRow>(
  code: string,
  input: Input<R>,
  prepared: Prepared,
  encoding: Encoding,
  software: string,
): string {
  return hashTag(code, JSON.stringify(input), JSON.stringify(prepared.dependsOn), encoding, software);
}

/**
 * Reads the first piece, so that a failure of the first read is a failure of the request, not of the connection.
 * An object, not a generator: a generator that was never started doesn't pass `return` on.
 */
async function firstPulled(pieces: AsyncIterable<string>): Promise<Pieces> {
  const iterator = pieces[Symbol.asyncIterator]();
  let first: IteratorResult<string> | undefined = await iterator.next();
  if (first.done === true) throw new Error('An operation answered with nothing at all');
  return {
    next: async () => {
      const result = first ?? (await iterator.next());
      first = undefined;
      return result;
    },
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
  };
}

interface Pieces extends AsyncIterator<string> {
  return(): Promise<IteratorResult<string>>;
}

/** A body that reports its failure and lets go of its source however its reading ends. */
function watched(
  body: AsyncIterable<Uint8Array>,
  release: Reply['release'],
  onFault: (error: unknown) => void,
): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        try {
          return await iterator.next();
        } catch (error) {
          onFault(error);
          throw error;
        }
      },
      return: async () => {
        await iterator.return?.();
        await release?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

function refusal(error: unknown, head: boolean): Reply {
  const outcome = outcomeOf(error);
  const status = error instanceof HttpError ? error.status : outcome.status;
  const headers = {
    'Content-Type': FHIR_JSON,
    ...(status === 429 || status === 503 ? { 'Retry-After': RETRY_AFTER_SECONDS } : {}),
    ...(error instanceof HttpError ? error.headers : {}),
  };
  return head ? { status, headers } : { status, headers, body: encodeText(JSON.stringify(outcome.body), 'identity') };
}

/** The client's id of the request where it is a harmless one, else the shell's, else a new one. */
function requestIdOf(request: OperationRequest | undefined, context: AnswerContext): string {
  const sent = request?.headers.get('x-request-id') ?? '';
  if (/^[A-Za-z0-9._-]{1,64}$/.test(sent)) return sent;
  return context.requestId ?? randomUUID();
}

type Measure = <T>(name: string, step: () => Promise<T>) => Promise<T>;

/** Notes how long each step takes, in the form of `Server-Timing`. */
function stopwatch(entries: string[]): Measure {
  return async (name, step) => {
    const start = performance.now();
    try {
      return await step();
    } finally {
      entries.push(`${name};dur=${(performance.now() - start).toFixed(1)}`);
    }
  };
}
