import { readFile } from 'node:fs/promises';
import { type AnswerContext, encodingHeader, type HttpAnswer, hashTag, isFresh, respond } from './answer.ts';
import { encodeText } from './content.ts';
import { DISCOVERY_METHODS, noRoute } from './discovery.ts';
import { methodNotAllowed } from './errors.ts';
import { encodingOf } from './negotiate.ts';
import type { PageFile } from './page-files.ts';
import type { OperationRequest } from './request.ts';

/**
 * Answers with a file of a page. Never throws.
 *
 * @param origin the one that the pages work at: another name of this machine is sent there
 */
export async function answerPage(
  request: OperationRequest,
  pages: ReadonlyMap<string, PageFile>,
  origin: string,
  context: AnswerContext,
): Promise<HttpAnswer> {
  return respond(request, context, async () => {
    if (!DISCOVERY_METHODS.split(', ').includes(request.method)) {
      throw methodNotAllowed(request.method, DISCOVERY_METHODS);
    }
    const file = pages.get(request.path);
    if (file === undefined) throw noRoute(request.path);
    // Tokens, launches and redirects name one origin, and to a browser localhost is another one.
    if (file.type.startsWith('text/html') && request.headers.get('host')?.toLowerCase() !== new URL(origin).host) {
      return { status: 307, headers: { Location: origin + request.path } };
    }
    const text = await readFile(file.path, 'utf8');
    const encoding = encodingOf(request);
    const etag = hashTag(text, encoding);
    const headers = {
      ETag: etag,
      'Content-Type': file.type,
      'Content-Security-Policy': file.policy,
      'Referrer-Policy': 'no-referrer',
      ...encodingHeader(encoding),
    };
    if (isFresh(request, etag)) return { status: 304, headers };
    if (request.method === 'HEAD') return { status: 200, headers };
    return { status: 200, headers, body: encodeText(text, encoding) };
  });
}
