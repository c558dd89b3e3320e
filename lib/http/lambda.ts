import { Readable } from 'node:stream';
import middy, { type MiddyfiedHandler, type Request } from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { AuthorizationServer } from '../auth/authorization-server.ts';
import { UnavailableError } from '../genomics/errors.ts';
import type { JobStore } from '../operations/jobs.ts';
import type { Ports } from '../operations/ports.ts';
import type { Operation, OperationRow } from '../operations/row.ts';
import { type Utility, utilityRoute } from '../operations/utilities/utility.ts';
import { type AnswerContext, type HttpAnswer, respond } from './answer.ts';
import { answer, type OperationContext } from './answer-operation.ts';
import { answerJob } from './async/answer-job.ts';
import { type AuditSink, streamAudit } from './audit.ts';
import { callerOf } from './authorizer-context.ts';
import { EXPOSED_HEADERS } from './cors.ts';
import { answerDiscovery, noRoute } from './discovery.ts';
import { documentsOf } from './documents.ts';
import { gatewayBase } from './gateway-base.ts';
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

/** Any page may show an answer to whoever has a token: tokens are sent by hand, never by a browser of itself. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED_HEADERS,
} as const;

/** What a function of an operation gets from its environment; the default is the real one. */
export interface LambdaOptions {
  /** `[base]` where the API has a name of its own. */
  readonly baseUrl?: string | undefined;
  readonly audit?: AuditSink;
}

/**
 * The Lambda function of one operation, behind an API Gateway REST API with response streaming and our authorizer. What is
 * to be answered later goes to `jobs`.
 */
export function lambda<R extends OperationRow>(
  operation: Operation<R>,
  ports: Ports,
  jobs: JobStore,
  { baseUrl = process.env['GENOMICS_BASE_URL'], audit = logAudit }: LambdaOptions = {},
): LambdaHandler {
  // A worker learns of jobs by itself.
  const submission = { store: jobs, started: () => {} };
  return stack(async (event) => {
    const context = { ...guardedContext(event, { baseUrl, audit }), jobs: submission };
    return withCors(await answer(operation, fromGateway(event), ports, context));
  });
}

/** The Lambda function of `[base]/async/<id>`: what became of a question that was to be answered later. */
export function asyncLambda(
  rows: readonly OperationRow[],
  jobs: JobStore,
  { baseUrl = process.env['GENOMICS_BASE_URL'], audit = logAudit }: LambdaOptions = {},
): LambdaHandler {
  return stack(async (event) => {
    const id = event.pathParameters?.['id'] ?? '';
    return withCors(await answerJob(id, fromGateway(event), jobs, rows, guardedContext(event, { baseUrl, audit })));
  });
}

/** For what stands behind the authorizer: reached without its word, it is asked by nobody. */
function guardedContext(event: APIGatewayProxyEvent, { baseUrl, audit }: Required<LambdaOptions>): OperationContext {
  const { authorizer, identity } = event.requestContext;
  return {
    ...contextOf(event),
    base: gatewayBase(event.requestContext, baseUrl),
    identify: async () => callerOf(authorizer, Date.now()),
    audit,
    remote: identity.sourceIp,
  };
}

const logAudit = streamAudit((line) => process.stdout.write(line));

/**
 * The Lambda function of everything that is public: what the server says of itself. `baseUrl` where the API has a name
 * of its own; otherwise it is the name the request came by.
 */
export function discoveryLambda(
  rows: readonly OperationRow[],
  baseUrl: string | undefined,
  authorization?: AuthorizationServer,
): LambdaHandler {
  return stack(async (event) => {
    const base = gatewayBase(event.requestContext, baseUrl);
    const basePath = new URL(base).pathname;
    const request = fromGateway(event);
    // The event's path begins with the base path only behind a custom domain name.
    const path = request.path.startsWith(`${basePath}/`) ? request.path.slice(basePath.length) : request.path;
    const documents = documentsOf(rows, { base, jobs: true, security: { server: authorization } });
    return withCors(await answerDiscovery(documents, path, request, contextOf(event)));
  });
}

/** The Lambda function of all utilities: which one is asked, the path says. */
export function utilitiesLambda(
  utilities: readonly Utility[],
  ports: Ports,
  { baseUrl = process.env['GENOMICS_BASE_URL'], audit = logAudit }: LambdaOptions = {},
): LambdaHandler {
  return stack(async (event) => {
    const request = fromGateway(event);
    const utility = utilities.find(({ row }) => request.path.endsWith(utilityRoute(row)));
    if (utility === undefined) throw noRoute(request.path);
    return withCors(await answerUtility(utility, request, ports, guardedContext(event, { baseUrl, audit })));
  });
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

async function failure({ error, event }: Exchange): Promise<HttpAnswer> {
  return withCors(await respond(undefined, contextOf(event), () => Promise.reject(error)));
}

function withCors(reply: HttpAnswer): HttpAnswer {
  return { ...reply, headers: { ...reply.headers, ...CORS } };
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
