import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { operationOutcome } from '../fhir/outcome.ts';

type Outcome = Parameters<typeof operationOutcome>;

interface GatewayResponse {
  readonly type: ResponseType;
  readonly status: string;
  readonly outcome: Outcome;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What API Gateway says by itself, before or after our code. Like all other failures it is an OperationOutcome. */
const RESPONSES: Readonly<Record<string, GatewayResponse>> = {
  Unauthorized: {
    type: ResponseType.UNAUTHORIZED,
    status: '401',
    outcome: ['login', 'Who is asking is not known'],
    headers: { 'WWW-Authenticate': "'Bearer'" },
  },
  // The authorizer could not decide, which says nothing about the token: keys of the issuer may be out of reach.
  AuthorizerFailure: {
    type: ResponseType.AUTHORIZER_FAILURE,
    status: '503',
    outcome: ['transient', 'Who is asking could not be checked now'],
    headers: { 'Retry-After': "'5'" },
  },
  AuthorizerConfiguration: {
    type: ResponseType.AUTHORIZER_CONFIGURATION_ERROR,
    status: '503',
    outcome: ['transient', 'Who is asking could not be checked now'],
    headers: { 'Retry-After': "'60'" },
  },
  AccessDenied: { type: ResponseType.ACCESS_DENIED, status: '403', outcome: ['forbidden', 'Not allowed'] },
  // API Gateway's answer to a path or method that no resource has.
  NoRoute: {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: '404',
    outcome: ['not-found', 'Nothing is served at this path with this method'],
  },
  TooLarge: {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: '413',
    outcome: ['too-costly', 'The request is too large'],
  },
  MediaType: {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: '415',
    outcome: ['not-supported', 'The body has a media type that is not read here'],
  },
  Throttled: {
    type: ResponseType.THROTTLED,
    status: '429',
    outcome: ['throttled', 'Too many requests'],
    headers: { 'Retry-After': "'5'" },
  },
  Quota: {
    type: ResponseType.QUOTA_EXCEEDED,
    status: '429',
    outcome: ['throttled', 'The quota of requests is used up'],
    headers: { 'Retry-After': "'3600'" },
  },
  Timeout: {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: '503',
    outcome: ['transient', 'The answer took too long; ask for less at once'],
    headers: { 'Retry-After': "'5'" },
  },
  Failure: {
    type: ResponseType.INTEGRATION_FAILURE,
    status: '503',
    outcome: ['transient', 'The operation could not be run now'],
    headers: { 'Retry-After': "'5'" },
  },
  ClientError: { type: ResponseType.DEFAULT_4XX, status: '400', outcome: ['invalid', 'The request can not be read'] },
  ServerError: { type: ResponseType.DEFAULT_5XX, status: '500', outcome: ['exception', 'Internal error'] },
};

/** Gives an API all of them. */
export function addGatewayResponses(api: RestApi): void {
  for (const [id, { type, status, outcome, headers }] of Object.entries(RESPONSES)) {
    api.addGatewayResponse(id, {
      type,
      statusCode: status,
      responseHeaders: {
        'Content-Type': "'application/fhir+json'",
        'Cache-Control': "'private, no-cache'",
        // Pages must be able to read why they were refused.
        'Access-Control-Allow-Origin': "'*'",
        'Access-Control-Expose-Headers': "'Retry-After,WWW-Authenticate'",
        ...headers,
      },
      templates: { 'application/json': JSON.stringify(operationOutcome(...outcome)) },
    });
  }
}
