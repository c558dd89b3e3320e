import { Readable } from 'node:stream';
import middy, { type MiddyfiedHandler, type Request } from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { UnavailableError } from '../genomics/errors.ts';
import type { Ports } from '../operations/ports.ts';
import type { Operation, OperationRow } from '../operations/row.ts';
import { type Utility, utilityRoute } from '../operations/utilities/utility.ts';
import { type AnswerContext, answer, type HttpAnswer, respond } from './answer.ts';
import { answerDiscovery, noRoute } from './discovery.ts';
import { documentsOf } from './documents.ts';
import { HttpError } from './errors.ts';
import { fromGateway } from './request.ts';
import { SOFTWARE } from './software.ts';
import { countAnswer, logFailure, tracing } from './telemetry.ts';
import { answerUtility } from './utilities.ts';

/** What the streaming runtime takes: headers first, then the body as it comes. */
interface GatewayReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

/** A function's entry point; `awslambda`, the runtime's global, has to be there when it is made. */
export type LambdaHandler = MiddyfiedHandler<APIGatewayProxyEvent, GatewayReply>;

type Exchange = Request<APIGatewayProxyEvent, GatewayReply>;

/** Time left for saying that there was none. */
const TIMEOUT_MARGIN_MS = 500;

/** The Lambda function of one operation, behind an API Gateway REST API with response streaming. */
export function lambda<R extends OperationRow>(operation: Operation<R>, ports: Ports): LambdaHandler {
  return stack(async (event) => answer(operation, fromGateway(event), ports, contextOf(event))).before(
    refuseUnauthenticated,
  );
}

/**
 * The Lambda function of everything that is public: what the server says of itself. `baseUrl` where the API has a name
 * of its own; otherwise it is the name the request came by.
 */
export function discoveryLambda(rows: readonly OperationRow[], baseUrl: string | undefined): LambdaHandler {
  return stack(async (event) => {
    const { domainName, stage } = event.requestContext;
    const base = baseUrl ?? `https://${domainName}/${stage}`;
    const basePath = new URL(base).pathname;
    const request = fromGateway(event);
    // The event's path begins with the base path only behind a custom domain name.
    const path = request.path.startsWith(`${basePath}/`) ? request.path.slice(basePath.length) : request.path;
    const reply = await answerDiscovery(documentsOf(rows, { base }), path, request, contextOf(event));
    return { ...reply, headers: { ...reply.headers, 'Access-Control-Allow-Origin': '*' } };
  });
}

/** The Lambda function of all utilities: which one is asked, the path says. */
export function utilitiesLambda(utilities: readonly Utility[], ports: Ports): LambdaHandler {
  return stack(async (event) => {
    const request = fromGateway(event);
    const utility = utilities.find(({ row }) => request.path.endsWith(utilityRoute(row)));
    if (utility === undefined) throw noRoute(request.path);
    return answerUtility(utility, request, ports, contextOf(event));
  }).before(refuseUnauthenticated);
}

/** The way of every request through every function. */
function stack(handler: (event: APIGatewayProxyEvent) => Promise<HttpAnswer>): LambdaHandler {
  return (
    middy<APIGatewayProxyEvent, GatewayReply>({
      executionMode: executionModeStreamifyResponse,
      timeoutEarlyInMillis: TIMEOUT_MARGIN_MS,
      timeoutEarlyResponse: () => {
        throw new UnavailableError('The answer takes longer than this server may; ask for less at once');
      },
    })
      .onError(async (exchange: Exchange) => gatewayReply(await failure(exchange)))
      // Errors are handled in reverse order: the trace learns of them before the answer is made.
      .use(tracing())
      .handler(async (event: APIGatewayProxyEvent) => gatewayReply(await handler(event)))
  );
}

/** Whatever the authorizer did not let through, and calls that went around the API, are nobody's. */
async function refuseUnauthenticated({ event }: Exchange): Promise<GatewayReply | undefined> {
  const principal: unknown = event.requestContext.authorizer?.['principalId'];
  if (typeof principal === 'string' && principal !== '') return undefined;
  const error = new HttpError(401, 'Who is asking is not known', {
    issue: 'login',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
  return gatewayReply(await refusedBy(error, event));
}

function failure(exchange: Exchange): Promise<HttpAnswer> {
  return refusedBy(exchange.error, exchange.event);
}

function refusedBy(error: unknown, event: APIGatewayProxyEvent): Promise<HttpAnswer> {
  return respond(undefined, contextOf(event), () => Promise.reject(error));
}

function gatewayReply({ status, headers, body }: HttpAnswer): GatewayReply {
  countAnswer(status);
  return { statusCode: status, headers, ...(body === undefined ? {} : { body: Readable.from(body) }) };
}

function contextOf(event: APIGatewayProxyEvent): AnswerContext {
  return { software: softwareVersion(), requestId: event.requestContext.requestId, onFault: logFailure };
}

/** The stack puts a hash of the bundled code in the environment; it decides ETags as the version does. */
function softwareVersion(): string {
  return process.env['GENOMICS_SOFTWARE'] ?? SOFTWARE.version;
}
