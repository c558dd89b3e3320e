import type { Bundle, OperationDefinition } from '@medplum/fhirtypes';
import { NotFoundError } from '../genomics/errors.ts';
import { type AnswerContext, encodingHeader, FHIR_JSON, type HttpAnswer, hashTag, isFresh, respond } from './answer.ts';
import { encodeText } from './content.ts';
import type { Documents } from './documents.ts';
import { methodNotAllowed } from './errors.ts';
import { checkAcceptable, encodingOf } from './negotiate.ts';
import type { OperationRequest } from './request.ts';

export const DISCOVERY_METHODS = 'GET, HEAD';

const JSON_TYPE = 'application/json';
const SMART_CONFIGURATION = '/.well-known/smart-configuration';

/** Paths below the base URL that `answerDiscovery` serves. */
export const DISCOVERY_ROUTES = [
  '/metadata',
  '/OperationDefinition',
  '/OperationDefinition/:id',
  '/openapi.json',
  SMART_CONFIGURATION,
];

/** Answers a discovery request. `path` is below the base URL. Never throws. */
export async function answerDiscovery(
  documents: Documents,
  path: string,
  request: OperationRequest,
  context: AnswerContext,
): Promise<HttpAnswer> {
  return respond(request, context, async () => {
    if (!DISCOVERY_METHODS.split(', ').includes(request.method)) {
      throw methodNotAllowed(request.method, DISCOVERY_METHODS);
    }
    // SMART wants its document to be JSON whatever is accepted.
    if (path !== SMART_CONFIGURATION) checkAcceptable(request);
    const { type, document } = documentAt(documents, path);
    const text = JSON.stringify(document);
    const encoding = encodingOf(request);
    const etag = hashTag(text, encoding);
    if (isFresh(request, etag)) return { status: 304, headers: { ETag: etag } };
    const headers = { ETag: etag, 'Content-Type': type, ...encodingHeader(encoding) };
    if (request.method === 'HEAD') return { status: 200, headers };
    return { status: 200, headers, body: encodeText(text, encoding) };
  });
}

function documentAt(documents: Documents, path: string): { readonly type: string; readonly document: object } {
  if (path === '/metadata') return { type: FHIR_JSON, document: documents.capabilityStatement };
  if (path === '/openapi.json') return { type: JSON_TYPE, document: documents.openApi };
  if (path === '/OperationDefinition') return { type: FHIR_JSON, document: bundle(documents.operationDefinitions) };
  if (path === SMART_CONFIGURATION) {
    if (documents.smartConfiguration !== undefined) return { type: JSON_TYPE, document: documents.smartConfiguration };
    throw new NotFoundError('This server describes no authorization server');
  }
  const id = /^\/OperationDefinition\/([^/]+)$/.exec(path)?.[1];
  const definition = documents.operationDefinitions.find((candidate) => candidate.id === id);
  if (definition === undefined) throw noRoute(path);
  return { type: FHIR_JSON, document: definition };
}

/** 404 for a path that nothing is served at. */
export function noRoute(path: string): NotFoundError {
  return new NotFoundError(`Nothing is served at ${path}`);
}

function bundle(definitions: readonly OperationDefinition[]): Bundle<OperationDefinition> {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: definitions.length,
    entry: definitions.map((resource) => ({
      ...(resource.url === undefined ? {} : { fullUrl: resource.url }),
      resource,
      search: { mode: 'match' },
    })),
  };
}
