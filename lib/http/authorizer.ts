import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { authenticator } from '../auth/authenticate.ts';
import { couldAuthorize, forbidden, relevantScopes } from '../auth/authorize.ts';
import { AccessError } from '../auth/errors.ts';
import type { Issuer } from '../auth/issuers.ts';
import type { Principal } from '../auth/principal.ts';
import { requirementOf } from '../operations/access.ts';
import { routesOf } from '../operations/routes.ts';
import type { OperationRow } from '../operations/row.ts';
import { type UtilityRow, utilityRoute } from '../operations/utilities/utility.ts';
import { type AuditSink, eventOf, type Trail } from './audit.ts';
import { authorizerContext } from './authorizer-context.ts';
import { gatewayBase } from './gateway-base.ts';

export interface AuthorizerOptions {
  readonly rows: readonly OperationRow[];
  /** Any accepted token lets through to them. */
  readonly utilities: readonly UtilityRow[];
  /** Route of jobs, to which a token is let through that may ask any operation; the job's own decides there. */
  readonly jobRoute?: string;
  readonly issuers: readonly Issuer[];
  /** `[base]` where the API has a name of its own. */
  readonly baseUrl: string | undefined;
  readonly audit: AuditSink;
}

type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/**
 * The REQUEST authorizer of API Gateway. It lets a request through to its operation when the token is accepted and could
 * satisfy the operation for some input; the operation, which sees the input, decides. Results must not be cached.
 *
 * Throws `Unauthorized`, which API Gateway turns into 401. Whatever else it throws becomes 503: keys that can't be got
 * say nothing about a token.
 */
export function authorizer({ rows, utilities, jobRoute, issuers, baseUrl, audit }: AuthorizerOptions): Authorizer {
  const authenticate = authenticator(issuers);
  const byRoute = new Map<string, OperationRow | UtilityRow>([
    ...rows.flatMap((row) => routesOf(row).map((route) => [route, row] as const)),
    ...utilities.map((row) => [utilityRoute(row), row] as const),
  ]);

  return async (event) => {
    const aboutJob = event.resource === jobRoute;
    const row = byRoute.get(event.resource);
    // Of any other route nothing is known, so nobody may use it.
    if (row === undefined && !aboutJob) return policy('Deny', event.methodArn, 'nobody');
    const base = gatewayBase(event.requestContext, baseUrl);
    const record = (trail: Trail, status: number) =>
      audit(
        eventOf(trail, {
          operation: row?.code ?? 'async',
          requestId: event.requestContext.requestId,
          base,
          status,
          remote: event.requestContext.identity.sourceIp,
        }),
      );
    let principal: Principal;
    try {
      principal = await authenticate(authorizationOf(event));
    } catch (failure) {
      if (!(failure instanceof AccessError)) throw failure;
      await record({ failure }, 401);
      // The one text that API Gateway reads as 401.
      throw new Error('Unauthorized', { cause: failure });
    }
    const id = principal.subject ?? principal.clientId ?? 'unnamed';
    if (row !== undefined && !('family' in row))
      return { ...policy('Allow', event.methodArn, id), context: authorizerContext(principal, []) };
    const asked = row === undefined ? rows : [row];
    if (asked.some((one) => couldAuthorize(one, principal, base))) {
      const scopes = new Set(asked.flatMap((one) => relevantScopes(one, principal.scopes)));
      return { ...policy('Allow', event.methodArn, id), context: authorizerContext(principal, [...scopes]) };
    }
    const failure = forbidden(requirementOf(asked[0] as OperationRow));
    await record({ caller: { kind: 'principal', principal }, failure }, 403);
    return policy('Deny', event.methodArn, id);
  };
}

/** All of the header's values, so that two of them are seen to be two. */
function authorizationOf({ headers, multiValueHeaders }: APIGatewayRequestAuthorizerEvent): string | undefined {
  const isIt = ([name]: readonly [string, unknown]) => name.toLowerCase() === 'authorization';
  const many = Object.entries(multiValueHeaders ?? {}).find(isIt)?.[1];
  return many === undefined ? Object.entries(headers ?? {}).find(isIt)?.[1] : many.join(', ');
}

function policy(Effect: 'Allow' | 'Deny', Resource: string, principalId: string): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect, Action: 'execute-api:Invoke', Resource }] },
  };
}
