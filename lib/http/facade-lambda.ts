import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { answerEndpoint, type EndpointName, FUNCTION_ENDPOINTS } from '../cognito/endpoints.ts';
import { OAuthError } from '../cognito/errors.ts';
import type { FacadeRequest } from '../cognito/exchange.ts';
import type { Facade } from '../cognito/ports.ts';
import { type PreTokenEvent, type PreTokenOverride, preToken } from '../cognito/pre-token.ts';
import { GenomicsError } from '../genomics/errors.ts';
import { logFault } from './fault.ts';
import { fromGateway, multimap, type OperationRequest } from './request.ts';

const FORM = 'application/x-www-form-urlencoded';

export type FacadeHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** One Lambda function of the façade, behind an API Gateway REST API without streaming. */
export function facadeLambda(name: keyof typeof FUNCTION_ENDPOINTS, facade: Facade): FacadeHandler {
  const served: readonly EndpointName[] = FUNCTION_ENDPOINTS[name];
  return async (event) => {
    const request = fromGateway(event);
    const last = request.path.slice(request.path.lastIndexOf('/') + 1);
    const endpoint = served.find((one) => one === last);
    if (endpoint === undefined) return { statusCode: 404, headers: { 'Cache-Control': 'no-store' }, body: '' };
    const { status, headers, body } = await answerEndpoint(
      facade,
      endpoint,
      request.method,
      request.headers,
      () => facadeRequest(request),
      (error) => logFault(error, event.requestContext.requestId),
    );
    return { statusCode: status, headers: { 'Strict-Transport-Security': 'max-age=31536000', ...headers }, body };
  };
}

type PreTokenAnswer<E> = E & { readonly response: { readonly claimsAndScopeOverrideDetails: PreTokenOverride } };

/** The Pre Token Generation trigger of the user pool, event version 3. */
export function preTokenLambda(
  tickets: Pick<Facade, 'items' | 'now'>,
): <E extends PreTokenEvent>(event: E) => Promise<PreTokenAnswer<E>> {
  return async (event) => {
    // Version 1 can't change access tokens, so that whatever we answered would not be obeyed.
    if (event.version === '1') throw new Error('set the trigger to event version V3_0');
    return { ...event, response: { claimsAndScopeOverrideDetails: await preToken(tickets, event) } };
  };
}

async function facadeRequest(request: OperationRequest): Promise<FacadeRequest> {
  const { method, query, headers } = request;
  return { method, query, headers, form: method === 'POST' ? await formOf(request) : new Map() };
}

/** @throws OAuthError `invalid_request` */
async function formOf(request: OperationRequest): Promise<FacadeRequest['form']> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== FORM) throw new OAuthError('invalid_request', `Send a body of type ${FORM}`);
  try {
    return multimap(new URLSearchParams(await request.text()));
  } catch (error) {
    throw error instanceof GenomicsError ? new OAuthError('invalid_request', error.message) : error;
  }
}
