import type { AuditEvent } from '@medplum/fhirtypes';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as LambdaModule from '../../lib/http/lambda.ts';
import type { Operation } from '../../lib/operations/row.ts';
import { operations } from '../../lib/operations/table.ts';
import { asPost, gatewayEvent } from '../support/gateway-event.ts';
import { invoke, stubRuntime } from '../support/invoke-lambda.ts';
import { echo, failing, fake, noJobs, noPorts } from './fake-operation.ts';

let shell: typeof LambdaModule;
let audited: AuditEvent[] = [];

/** The function of an operation, its audit events kept here. */
function lambdaOf(operation: Operation): unknown {
  audited = [];
  return shell.lambda(operation, noPorts, noJobs, {
    audit: async (event) => {
      audited.push(event);
    },
  });
}
beforeAll(async () => {
  stubRuntime();
  shell = await import('../../lib/http/lambda.ts');
});

const GET = gatewayEvent('find-subject-variants-get');
const ECHOED = {
  subject: 'S1',
  ranges: ['NC_000001.11:1000-2000', 'NC_000001.11:2000-3000'],
  includeVariants: true,
};

describe('an operation', () => {
  it('answers GET and POST alike, streamed, under the id of the gateway', async () => {
    const handler = lambdaOf(echo);
    const get = await invoke(handler, GET);
    const post = await invoke(handler, asPost(GET));
    expect(get.statusCode).toBe(200);
    expect(get.complete).toBe(true);
    expect(JSON.parse(JSON.parse(get.body).parameter[0].valueString)).toEqual(ECHOED);
    expect(post.body).toBe(get.body);
    expect(post.headers['ETag']).toBe(get.headers['ETag']);
    expect(get.headers['Content-Type']).toBe('application/fhir+json');
    expect(get.headers['X-Request-Id']).toBe(GET.requestContext.requestId);
  });

  it('spares what the client has', async () => {
    const handler = lambdaOf(echo);
    const { headers } = await invoke(handler, GET);
    const sentBack = { ...GET.multiValueHeaders, 'If-None-Match': [headers['ETag'] ?? ''] };
    const again = await invoke(handler, { ...GET, multiValueHeaders: sentBack });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each([
    ['none', undefined],
    ['an empty one', {}],
    ['one without a principal', { principalId: 'somebody' }],
    ['one with a principal of another form', { principal: '{"issuer":"https://issuer.example"}' }],
  ])('is a 401 with %s of the authorizer context', async (_, authorizer) => {
    let asked = false;
    const operation = fake('asked', async () => {
      asked = true;
      return failing(1);
    });
    const event = { ...GET, requestContext: { ...GET.requestContext, authorizer } } as APIGatewayProxyEvent;
    const response = await invoke(lambdaOf(operation), event);
    expect([response.statusCode, response.headers['WWW-Authenticate']]).toEqual([401, 'Bearer realm="fhir"']);
    expect(JSON.parse(response.body).issue[0].code).toBe('login');
    expect(asked).toBe(false);
  });

  it.each([
    ['has another subject', { fhirUser: undefined, patient: 'S2', scopes: ['patient/Observation.rs'] }, 403],
    ['has no scope', { scopes: [] }, 403],
    ['has expired since', { expires: 1 }, 401],
  ])('is refused, and the refusal kept, when the token %s', async (_, changes, status) => {
    const principal = { ...JSON.parse(String(GET.requestContext.authorizer?.['principal'])), ...changes };
    const requestContext = { ...GET.requestContext, authorizer: { principal: JSON.stringify(principal) } };
    const response = await invoke(lambdaOf(echo), { ...GET, requestContext } as APIGatewayProxyEvent);
    expect(response.statusCode).toBe(status);
    expect(response.headers['WWW-Authenticate']).toContain(status === 403 ? 'insufficient_scope' : 'invalid_token');
    expect(audited.map(({ outcome }) => outcome)).toEqual(['4']);
  });

  it('keeps who asked about whom, and from where', async () => {
    await invoke(lambdaOf(echo), GET);
    expect(audited).toHaveLength(1);
    const text = JSON.stringify(audited[0]);
    for (const known of [
      'practitioner-1',
      '"app"',
      'token-1',
      'Patient/S1',
      '192.0.2.17',
      GET.requestContext.requestId,
    ]) {
      expect(text).toContain(known);
    }
    expect(text).not.toContain('NC_');
  });

  it('refuses with an OperationOutcome', async () => {
    const response = await invoke(lambdaOf(echo), {
      ...GET,
      multiValueQueryStringParameters: { subject: ['S1'] },
    });
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(response.body).issue[0]).toMatchObject({ code: 'required', expression: ['ranges'] });
  });

  it('of which the first read fails is a 503', async () => {
    const response = await invoke(lambdaOf(fake('failing', async () => failing(0))), GET);
    expect([response.statusCode, response.headers['Retry-After']]).toEqual([503, '5']);
    expect(response.complete).toBe(true);
  });

  it('of which a later read fails breaks off, and what was sent does not parse', async () => {
    const response = await invoke(lambdaOf(fake('failing', async () => failing(9))), GET);
    expect([response.statusCode, response.complete]).toEqual([200, false]);
    expect(() => JSON.parse(response.body)).toThrow();
  });

  it('that has no time left says so before it is stopped', async () => {
    const never = fake('never', () => new Promise(() => {}));
    const response = await invoke(lambdaOf(never), GET, { getRemainingTimeInMillis: () => 520 });
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(response.body).issue[0].code).toBe('transient');
  });
});

describe('discovery', () => {
  const rows = operations.map((operation) => operation.row);
  const at = (path: string) => ({ ...GET, path, multiValueQueryStringParameters: null, queryStringParameters: null });

  it('needs no authorizer and names the address it was asked at', async () => {
    const handler = shell.discoveryLambda(rows, undefined);
    const requestContext = { ...GET.requestContext, authorizer: undefined };
    const response = await invoke(handler, { ...at('/metadata'), requestContext } as APIGatewayProxyEvent);
    expect([response.statusCode, response.headers['Access-Control-Allow-Origin']]).toEqual([200, '*']);
    const statement = JSON.parse(response.body);
    expect(statement.implementation.url).toBe('https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/fhir');
    expect(statement.rest[0].operation).toHaveLength(rows.length);
  });

  it('tells where tokens come from, when that is known', async () => {
    const server = {
      token_endpoint: 'https://issuer.example/token',
      grant_types_supported: ['client_credentials'],
      code_challenge_methods_supported: ['S256'],
      capabilities: ['permission-v2'],
    };
    const path = at('/.well-known/smart-configuration');
    const told = await invoke(shell.discoveryLambda(rows, undefined, server), path);
    expect([told.statusCode, told.headers['Content-Type'], JSON.parse(told.body)]).toEqual([
      200,
      'application/json',
      server,
    ]);
    expect((await invoke(shell.discoveryLambda(rows, undefined), path)).statusCode).toBe(404);
  });

  it.each(['/OperationDefinition', '/fhir/OperationDefinition/find-subject-variants', '/openapi.json'])(
    'serves %s',
    async (path) => {
      expect((await invoke(shell.discoveryLambda(rows, 'https://fhir.example/fhir'), at(path))).statusCode).toBe(200);
    },
  );

  it('is a 404 elsewhere', async () => {
    const response = await invoke(shell.discoveryLambda(rows, undefined), at('/OperationDefinition/nothing'));
    expect([response.statusCode, JSON.parse(response.body).issue[0].code]).toEqual([404, 'not-found']);
  });
});
