import { authorize } from '../../auth/authorize.ts';
import { NotFoundError } from '../../genomics/errors.ts';
import type { Job, JobStore } from '../../operations/jobs.ts';
import { JOB_METHODS } from '../../operations/routes.ts';
import type { OperationRow } from '../../operations/row.ts';
import { encodingHeader, FHIR_JSON, type HttpAnswer, type Reply } from '../answer.ts';
import { askedAbout, audited, type OperationContext } from '../answer-operation.ts';
import type { Trail } from '../audit.ts';
import { encodeBody, encodeText } from '../content.ts';
import { methodNotAllowed } from '../errors.ts';
import { checkAcceptable, encodingOf } from '../negotiate.ts';
import type { OperationRequest } from '../request.ts';
import { ownerOf } from './submit.ts';

/** Seconds after which a client may look again. */
const LOOK_AGAIN_SECONDS = 2;

/**
 * Answers a request about a job: 202 while it is worked on; then what the operation would have answered, with its
 * status. DELETE ends it. Whoever did not submit it is told that there is none; who did must still have the rights
 * that the question needs. Never throws.
 */
export async function answerJob(
  id: string,
  request: OperationRequest,
  jobs: JobStore,
  rows: readonly OperationRow[],
  context: OperationContext,
): Promise<HttpAnswer> {
  return audited('async', request, context, async (measure, trail) => {
    if (!JOB_METHODS.split(', ').includes(request.method)) throw methodNotAllowed(request.method, JOB_METHODS);
    trail.caller = await measure('authenticate', () => context.identify(request));
    checkAcceptable(request);
    const job = await measure('read', () => ownJob(id, jobs, rows, trail, context.base));
    if (request.method === 'DELETE') {
      await jobs.cancel(id);
      return { status: 202, headers: {} };
    }
    return replyOf(job, request);
  });
}

/** @throws NotFoundError, ForbiddenError */
async function ownJob(
  id: string,
  jobs: JobStore,
  rows: readonly OperationRow[],
  trail: Trail,
  base: string,
): Promise<Job> {
  const { caller } = trail;
  const job = await jobs.find(id);
  const row = rows.find(({ code }) => code === job?.operation);
  if (job === undefined || row === undefined || caller === undefined || job.owner !== ownerOf(caller)) {
    throw new NotFoundError('There is no such request under way, or its answer is no longer kept');
  }
  const input = (await job.input()) as Readonly<Record<string, unknown>>;
  trail.operation = job.operation;
  Object.assign(trail, askedAbout(row, input));
  authorize(row, input, caller, base);
  return job;
}

function replyOf(job: Job, request: OperationRequest): Reply {
  const Expires = new Date(job.expires).toUTCString();
  switch (job.state) {
    case 'waiting':
    case 'running':
      return { status: 202, headers: { 'X-Progress': job.state, 'Retry-After': String(LOOK_AGAIN_SECONDS) } };
    case 'failed':
      return {
        status: job.failure.status,
        headers: { 'Content-Type': FHIR_JSON, Expires },
        body: encodeText(job.failure.outcome, 'identity'),
      };
    case 'done': {
      const encoding = encodingOf(request);
      const pieces = decoded(job.answer());
      return {
        status: 200,
        headers: { 'Content-Type': FHIR_JSON, Expires, ...encodingHeader(encoding) },
        body: encodeBody(pieces, encoding),
        release: () => pieces.return(undefined),
      };
    }
  }
}

async function* decoded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
}
