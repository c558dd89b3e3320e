import { type AuthorizedView, authorize } from '../auth/authorize.ts';
import type { Caller } from '../auth/principal.ts';
import { UnavailableError } from '../genomics/errors.ts';
import { requirementOf } from '../operations/access.ts';
import type { Ports } from '../operations/ports.ts';
import type { Input, Operation, OperationRow, Prepared } from '../operations/row.ts';
import { subjectId } from '../operations/subject-view.ts';
import {
  type AnswerContext,
  encodingHeader,
  FHIR_JSON,
  type HttpAnswer,
  hashTag,
  isFresh,
  type Measure,
  type Reply,
  respond,
} from './answer.ts';
import { prefersAsync } from './async/prefer.ts';
import { type JobSubmission, submitted } from './async/submit.ts';
import { type AuditSink, eventOf, type Trail } from './audit.ts';
import { spendBudget } from './budget.ts';
import { encodeBody } from './content.ts';
import { methodNotAllowed } from './errors.ts';
import type { Identify } from './identify.ts';
import { checkAcceptable, type Encoding, encodingOf } from './negotiate.ts';
import { withOwnSubject } from './own-subject.ts';
import { parseInput } from './parse-input.ts';
import type { OperationRequest } from './request.ts';

/** What the answer to an operation needs besides. */
export interface OperationContext extends AnswerContext {
  /** `[base]` of this server. */
  readonly base: string;
  readonly identify: Identify;
  /** Told of every request before it is answered. */
  readonly audit: AuditSink;
  /** IP address the request came from. */
  readonly remote?: string | undefined;
  /** Where questions go that are to be answered later; without it, all are answered at once. */
  readonly jobs?: JobSubmission;
  /** Makes a question wait for its turn to be looked up; without it, each is at once. @throws HttpError */
  readonly turn?: <T>(work: () => Promise<T>) => Promise<T>;
}

export const OPERATION_METHODS = 'GET, HEAD, POST';

/**
 * Answers one operation request: the same steps for every operation, behind every shell. Never throws. The answer is
 * given out only after the first read succeeded, so whatever can be refused has its own status.
 */
export async function answer<R extends OperationRow>(
  operation: Operation<R>,
  request: OperationRequest,
  ports: Ports,
  context: OperationContext,
): Promise<HttpAnswer> {
  return audited(operation.row.code, request, context, (measure, trail) =>
    answered(operation, request, ports, context, measure, trail),
  );
}

/** Runs a step like {@link respond}, and keeps the audit event of what it learnt of the request. */
export async function audited(
  operation: string,
  request: OperationRequest,
  context: OperationContext,
  step: (measure: Measure, trail: Trail) => Promise<Reply>,
): Promise<HttpAnswer> {
  const trail: Trail = {};
  const reply = await respond(request, context, async (measure) => {
    try {
      return await step(measure, trail);
    } catch (error) {
      trail.failure = error;
      throw error;
    }
  });
  return recorded(reply, operation, request, context, trail);
}

async function answered<R extends OperationRow>(
  operation: Operation<R>,
  request: OperationRequest,
  ports: Ports,
  context: OperationContext,
  measure: Measure,
  trail: Trail,
): Promise<Reply> {
  const { row } = operation;
  checkMethod(request);
  const caller = await measure('authenticate', () => context.identify(request));
  trail.caller = caller;
  checkAcceptable(request);
  const input = await measure('parse', async () => withOwnSubject(await parseInput(row, request), context.base));
  Object.assign(trail, askedAbout(row, input));
  // After the input is known and before anything is looked up: a refusal must not depend on what is in the archive.
  const view = authorize(row, input, caller, context.base);
  await spendBudget(row, ports, clientOf(caller));
  const { turn = (work) => work() } = context;
  return turn(() => lookedUp(operation, { input, caller, view }, request, ports, context, measure));
}

/** What was asked, checked and allowed. */
interface Allowed<R extends OperationRow> {
  readonly input: Input<R>;
  readonly caller: Caller;
  readonly view: AuthorizedView;
}

/** The part that reads the archive, up to the first piece of the answer. */
async function lookedUp<R extends OperationRow>(
  operation: Operation<R>,
  { input, caller, view }: Allowed<R>,
  request: OperationRequest,
  ports: Ports,
  context: OperationContext,
  measure: Measure,
): Promise<Reply> {
  const { row } = operation;
  const prepared = await measure('prepare', () => operation.prepare(input, ports));
  const encoding = encodingOf(request);
  const etag = etagOf(row.code, input, view, prepared, encoding, context.software);
  if (request.method !== 'POST' && isFresh(request, etag)) return { status: 304, headers: { ETag: etag } };
  if (context.jobs !== undefined && prefersAsync(request)) {
    return submitted({ operation: row.code, input, caller }, context.jobs, context.base);
  }
  const pieces = await measure('read', () => firstPulled(prepared.run()));
  const headers = { ETag: etag, 'Content-Type': FHIR_JSON, ...encodingHeader(encoding) };
  if (request.method === 'HEAD') {
    await pieces.return();
    return { status: 200, headers };
  }
  return { status: 200, headers, body: encodeBody(pieces, encoding), release: () => pieces.return() };
}

/** The client that a budget is counted for, whoever uses it; undefined when nobody is told apart. */
function clientOf(caller: Caller): string | undefined {
  if (caller.kind === 'anyone') return undefined;
  const { issuer, clientId, subject } = caller.principal;
  return JSON.stringify([issuer, clientId ?? subject]);
}

/** What an audit event says of a question: the subject, or that subjects are to be listed. @throws InvalidInputError */
export function askedAbout(
  row: OperationRow,
  input: Readonly<Record<string, unknown>>,
): Pick<Trail, 'subject' | 'listed'> {
  const { subject } = input;
  const { more } = requirementOf(row);
  return {
    ...(typeof subject === 'string' ? { subject: subjectId(subject) } : {}),
    ...(more !== undefined && input[more.parameter] === true ? { listed: more.parameter } : {}),
  };
}

/** An answer whose audit event is kept. What can't be recorded is not disclosed; a refusal stays one. */
async function recorded(
  reply: HttpAnswer,
  operation: string,
  request: OperationRequest,
  context: OperationContext,
  trail: Trail,
): Promise<HttpAnswer> {
  const requestId = reply.headers['X-Request-Id'] ?? '';
  const { base, remote } = context;
  try {
    await context.audit(
      eventOf(trail, { operation: trail.operation ?? operation, requestId, base, remote, status: reply.status }),
    );
    return reply;
  } catch (error) {
    context.onFault(error, requestId);
    if (reply.status >= 400) return reply;
    await reply.body?.[Symbol.asyncIterator]().return?.();
    return respond(request, context, () =>
      Promise.reject(new UnavailableError('The request could not be recorded, so it is not answered')),
    );
  }
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
  view: AuthorizedView,
  prepared: Prepared,
  encoding: Encoding,
  software: string,
): string {
  return hashTag(code, JSON.stringify(input), view, JSON.stringify(prepared.dependsOn), encoding, software);
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
