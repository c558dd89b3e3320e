import type { Ports } from '../operations/ports.ts';
import type { Input } from '../operations/row.ts';
import type { Utility, UtilityRow } from '../operations/utilities/utility.ts';
import { encodingHeader, type HttpAnswer, hashTag, isFresh, respond } from './answer.ts';
import type { OperationContext } from './answer-operation.ts';
import { encodeText } from './content.ts';
import { DISCOVERY_METHODS } from './discovery.ts';
import { methodNotAllowed } from './errors.ts';
import { checkAcceptable, encodingOf } from './negotiate.ts';
import { parseInput } from './parse-input.ts';
import type { OperationRequest } from './request.ts';

export const UTILITY_METHODS = DISCOVERY_METHODS;

/**
 * Answers a utility's request with plain JSON; refusals are OperationOutcomes as everywhere. Never throws. Answers are
 * small, so they are made whole before the first byte. They tell of nobody, so any accepted token will do.
 */
export async function answerUtility<R extends UtilityRow>(
  utility: Utility<R>,
  request: OperationRequest,
  ports: Ports,
  context: OperationContext,
): Promise<HttpAnswer> {
  return respond(request, context, async (measure) => {
    if (!UTILITY_METHODS.split(', ').includes(request.method)) {
      throw methodNotAllowed(request.method, UTILITY_METHODS);
    }
    await measure('authenticate', () => context.identify(request));
    checkAcceptable(request);
    const input: Input<R> = await measure('parse', () => parseInput(utility.row, request));
    const [reference, knowledge] = await measure('prepare', () => Promise.all([ports.reference(), ports.knowledge()]));
    const encoding = encodingOf(request);
    const rests = [reference.release, knowledge.release].join();
    const etag = hashTag(utility.row.code, JSON.stringify(input), rests, encoding, context.software);
    if (isFresh(request, etag)) return { status: 304, headers: { ETag: etag } };
    const text = JSON.stringify(await measure('read', () => utility.answer(input, reference, knowledge)));
    const headers = { ETag: etag, 'Content-Type': 'application/json', ...encodingHeader(encoding) };
    if (request.method === 'HEAD') return { status: 200, headers };
    return { status: 200, headers, body: encodeText(text, encoding) };
  });
}
