import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { authenticator } from '../auth/authenticate.ts';
import { couldAuthorize, forbidden, relevantScopes } from '../auth/authorize.ts';
import { AccessError } from '../auth/errors.ts';
import type { Issuer } from '../auth/issuers.ts';
import type { Principal } from '../auth/principal.ts';
import { requirementOf } from '../operations/access.ts';
import { jobPath, routesOf } from '../operations/routes.ts';
import type { OperationRow } from '../operations/row.ts';
import { type UtilityRow, utilityRoute } from '../operations/utilities/utility.ts';
import { type AuditSink, eventOf, type Trail } from './audit.ts';
import { authorizerContext } from './authorizer-context.ts';
import { gatewayBase } from './gateway-base.ts';

export interface AuthorizerOptions {
  readonly rows: readonly OperationRow[];
  /** Any accepted token lets through to them. */
  readonly utilities: readonly UtilityRow[];
  readonly issuers: readonly Issuer[];
  /** `[base]` where the API has a name of its own. */
  readonly baseUrl: string | undefined;
  readonly audit: AuditSink;
}

/** What is behind a route. */
interface Guarded {
  readonly code: string;
  /** Operations, of which a token must be able to satisfy one; none where any accepted token will do. */
  readonly rows: readonly OperationRow[];
}

type Authorizer = (event: APIGatewayRequestAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

/**
 * The REQUEST authorizer of API Gateway. It lets a request through to its operation when the token is accepted and could
 * satisfy the operation for some input; the operation, which sees the input, decides. Results must not be cached.
 *
 * Throws `Unauthorized`, which API Gateway turns into 401. Whatever else it throws becomes 503: keys that can't be got
 * say nothing about a token.
 */
export function authorizer({ rows, utilities, issuers, baseUrl, audit }: AuthorizerOptions): Authorizer {
  const authenticate = authenticator(issuers);
  const byRoute = new Map<string, Guarded>([
    ...rows.flatMap((row) => routesOf(row).map((route) => [route, { code: row.code, rows: [row] }] as const)),
    ...utilities.map((row) => [utilityRoute(row), { code: row.code, rows: [] }] as const),
    // What a job asked is not known here: whoever may ask anything is let through, and the job's own operation decides.
    [jobPath('{id}'), { code: 'async', rows }],
  ]);

  return async (event) => {
    const guarded = byRoute.get(event.resource);
    // Of any other route nothing is known, so nobody may use it.
    if (guarded === undefined) return policy('Deny', event.methodArn, 'nobody');
    const base = gatewayBase(event.requestContext, baseUrl);
    const record = (trail: Trail, status: number) =>
      audit(
        eventOf(trail, {
          operation: guarded.code,
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
    const [first] = guarded.rows;
    if (first === undefined || guarded.rows.some((row) => couldAuthorize(row, principal, base))) {
      const scopes = new Set(guarded.rows.flatMap((row) => relevantScopes(row, principal.scopes)));
      return { ...policy('Allow', event.methodArn, id), context: authorizerContext(principal, [...scopes]) };
    }
    await record({ caller: { kind: 'principal', principal }, failure: forbidden(requirementOf(first)) }, 403);
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
