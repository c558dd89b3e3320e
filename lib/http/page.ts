import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type AnswerContext, encodingHeader, type HttpAnswer, hashTag, isFresh, respond } from './answer.ts';
import { encodeText } from './content.ts';
import { DISCOVERY_METHODS, noRoute } from './discovery.ts';
import { methodNotAllowed } from './errors.ts';
import { encodingOf } from './negotiate.ts';
import type { OperationRequest } from './request.ts';

/** The page may load and ask nothing but this server. Swagger UI sets styles from script. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SWAGGER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const OWN = join(import.meta.dirname, 'page');

interface PageFile {
  readonly path: string;
  readonly type: string;
}

const FILES: ReadonlyMap<string, PageFile> = new Map([
  ['/', { path: join(OWN, 'index.html'), type: 'text/html; charset=utf-8' }],
  ['/page/page.css', { path: join(OWN, 'page.css'), type: 'text/css; charset=utf-8' }],
  ['/page/page.js', { path: join(OWN, 'page.js'), type: 'text/javascript; charset=utf-8' }],
  ['/page/icon.svg', { path: join(OWN, 'icon.svg'), type: 'image/svg+xml' }],
  ['/page/swagger-ui.css', { path: join(SWAGGER, 'swagger-ui.css'), type: 'text/css; charset=utf-8' }],
  [
    '/page/swagger-ui-bundle.js',
    { path: join(SWAGGER, 'swagger-ui-bundle.js'), type: 'text/javascript; charset=utf-8' },
  ],
]);

/** Paths of the API page and of what it loads. */
export const PAGE_ROUTES = [...FILES.keys()];

/** Answers with a file of the API page. Never throws. */
export async function answerPage(request: OperationRequest, context: AnswerContext): Promise<HttpAnswer> {
  return respond(request, context, async () => {
    if (!DISCOVERY_METHODS.split(', ').includes(request.method)) {
      throw methodNotAllowed(request.method, DISCOVERY_METHODS);
    }
    const file = FILES.get(request.path);
    if (file === undefined) throw noRoute(request.path);
    const text = await readFile(file.path, 'utf8');
    const encoding = encodingOf(request);
    const etag = hashTag(text, encoding);
    const headers = {
      ETag: etag,
      'Content-Type': file.type,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      ...encodingHeader(encoding),
    };
    if (isFresh(request, etag)) return { status: 304, headers };
    if (request.method === 'HEAD') return { status: 200, headers };
    return { status: 200, headers, body: encodeText(text, encoding) };
  });
}
