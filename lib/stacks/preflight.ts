import { AuthorizationType, type IResource, MockIntegration, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway';

/** Any page may ask: it gets no further than its token. No cookies are involved. */
const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, If-None-Match, Prefer, X-Request-Id',
  'Access-Control-Max-Age': '600',
} as const;

/** Answers a browser's preflight without a function and without a token. */
export function addPreflight(resource: IResource, methods = 'GET, HEAD, POST'): void {
  const headers = { ...HEADERS, 'Access-Control-Allow-Methods': methods };
  const entries = Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value] as const);
  resource.addMethod(
    'OPTIONS',
    new MockIntegration({
      requestTemplates: { 'application/json': '{"statusCode":204}' },
      passthroughBehavior: PassthroughBehavior.WHEN_NO_MATCH,
      integrationResponses: [
        {
          statusCode: '204',
          responseParameters: Object.fromEntries(entries.map(([name, value]) => [name, `'${value}'`])),
        },
      ],
    }),
    {
      authorizationType: AuthorizationType.NONE,
      methodResponses: [
        { statusCode: '204', responseParameters: Object.fromEntries(entries.map(([name]) => [name, true])) },
      ],
    },
  );
}
