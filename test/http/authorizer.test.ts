import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { AuditEvent } from '@medplum/fhirtypes';
import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issuerOf } from '../../lib/auth/issuers.ts';
import { authorizer } from '../../lib/http/authorizer.ts';
import { callerOf } from '../../lib/http/authorizer-context.ts';
import { routesOf } from '../../lib/operations/routes.ts';
import { operations } from '../../lib/operations/table.ts';
import { utilities } from '../../lib/operations/utilities/table.ts';
import { utilityRoute } from '../../lib/operations/utilities/utility.ts';
import { gatewayEvent } from '../support/gateway-event.ts';
import {
  AUDIENCE,
  claims,
  ISSUER,
  inSeconds,
  issuerWith,
  type SigningKey,
  sign,
  signingKey,
} from '../support/tokens.ts';

const rows = operations.map(({ row }) => row);
const EVENT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../support/events/authorizer-request.json'), 'utf8'),
) as APIGatewayRequestAuthorizerEvent;

let key: SigningKey;
let audited: AuditEvent[] = [];
let authorize: ReturnType<typeof authorizer>;

beforeAll(async () => {
  key = await signingKey('k1');
  authorize = authorizerWith([issuerWith([key])]);
});
beforeEach(() => {
  audited = [];
});

function authorizerWith(issuers: Parameters<typeof authorizer>[0]['issuers'], baseUrl?: string) {
  return authorizer({
    rows,
    utilities: utilities.map(({ row }) => row),
    issuers,
    baseUrl,
    audit: async (event) => {
      audited.push(event);
    },
  });
}

/** The recorded event, with these Authorization headers and of this resource. */
function event(
  authorization: readonly string[],
  resource = EVENT.resource,
  changes: Partial<APIGatewayRequestAuthorizerEvent> = {},
): APIGatewayRequestAuthorizerEvent {
  const last = authorization.at(-1);
  const { Authorization: _, ...headers } = EVENT.headers ?? {};
  const { Authorization: __, ...multiValueHeaders } = EVENT.multiValueHeaders ?? {};
  return {
    ...EVENT,
    resource,
    headers: { ...headers, ...(last === undefined ? {} : { Authorization: last }) },
    multiValueHeaders: { ...multiValueHeaders, ...(last === undefined ? {} : { Authorization: [...authorization] }) },
    ...changes,
  };
}

const bearer = async (changes: Readonly<Record<string, unknown>> = {}) => `Bearer ${await sign(key, claims(changes))}`;

const effectOf = (result: Awaited<ReturnType<typeof authorize>>) =>
  result.policyDocument.Statement.map(({ Effect }) => Effect);

describe('the authorizer', () => {
  it('lets a token through to what was asked and hands on who it is, without the token', async () => {
    const result = await authorize(event([await bearer()]));
    expect(result.policyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: EVENT.methodArn },
    ]);
    expect(result.principalId).toBe('user-1');
    // As the operation gets it: API Gateway adds the principal and makes texts of everything.
    const context = { ...result.context, principalId: result.principalId, integrationLatency: '12' };
    expect(callerOf(context, Date.now())).toEqual({
      kind: 'principal',
      principal: {
        issuer: ISSUER,
        subject: 'user-1',
        clientId: 'app',
        tokenId: 'token-1',
        scopes: ['user/Observation.rs'],
        fhirUser: { type: 'Practitioner', id: 'dr1' },
        machine: false,
        expires: expect.any(Number),
      },
    });
    // The operation keeps the record of what it answers.
    expect(audited).toEqual([]);
  });

  it('hands on only texts, numbers and truth values, which is all that API Gateway passes', async () => {
    const { context } = await authorize(event([await bearer()]));
    for (const value of Object.values(context ?? {})) expect(['string', 'number', 'boolean']).toContain(typeof value);
  });

  it.each([
    ['none', async () => []],
    ['Basic', async () => ['Basic dXNlcjpwYXNzd29yZA==']],
    ['an expired token', async () => [await bearer({ iat: inSeconds(-90), exp: inSeconds(-1) })]],
    ['a token for another audience', async () => [await bearer({ aud: 'https://other.example' })]],
    ['two tokens', async () => [await bearer(), await bearer()]],
  ])('is a 401 with %s', async (_, headers) => {
    // The one text that API Gateway makes 401 of.
    const sent = await headers();
    const error: unknown = await authorize(event(sent)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'Unauthorized' });
    // Lambda writes what is thrown to its log.
    for (const text of [inspect(error, { depth: 9 }), JSON.stringify(audited)]) {
      for (const segment of sent.join().split(/[\s.,]/)) if (segment.length > 8) expect(text).not.toContain(segment);
    }
    expect(audited.map(({ outcome }) => outcome)).toEqual(['4']);
    expect(audited[0]?.outcomeDesc).toContain('HTTP 401');
  });

  it('reads the header in any letter case', async () => {
    const token = await bearer();
    const lower = event([], EVENT.resource, { headers: { authorization: token }, multiValueHeaders: null });
    expect(effectOf(await authorize(lower))).toEqual(['Allow']);
  });

  it('denies, and records, tokens that no request to this operation could be granted to', async () => {
    for (const changes of [
      { scope: 'openid' },
      { scope: 'user/Observation.r' },
      { scope: 'patient/Observation.rs' },
      { scope: 'system/Observation.rs' },
      { fhirUser: undefined },
      { fhirUser: 'RelatedPerson/r1' },
    ]) {
      audited = [];
      const result = await authorize(event([await bearer(changes)]));
      expect(effectOf(result), JSON.stringify(changes)).toEqual(['Deny']);
      expect(result.context).toBeUndefined();
      expect(audited.map(({ outcomeDesc }) => outcomeDesc)).toEqual(['HTTP 403: forbidden']);
    }
  });

  it('judges each route anew: what opens the list of tests opens no variants', async () => {
    const token = await bearer({ scope: 'user/DiagnosticReport.rs' });
    for (const row of rows) {
      for (const route of routesOf(row)) {
        const expected = row.code === 'find-study-metadata' ? 'Allow' : 'Deny';
        expect(effectOf(await authorize(event([token], route))), route).toEqual([expected]);
      }
    }
  });

  it.each(['/metadata', '/{proxy+}', '/', '/$nothing', '$find-subject-variants'])(
    'denies a resource that is no operation: %s',
    async (resource) => {
      expect(effectOf(await authorize(event([await bearer()], resource)))).toEqual(['Deny']);
    },
  );

  it('lets any accepted token through to the utilities, with no scopes, and no other', async () => {
    for (const { row } of utilities) {
      const result = await authorize(event([await bearer({ scope: 'openid' })], utilityRoute(row)));
      expect(effectOf(result)).toEqual(['Allow']);
      expect(JSON.parse(String(result.context?.['principal'])).scopes).toEqual([]);
      await expect(authorize(event(['Bearer x'], utilityRoute(row)))).rejects.toThrow('Unauthorized');
    }
  });

  it('lets whoever may ask anything look for an answer, with the scopes that its question may need', async () => {
    const JOB = '/async/{id}';
    for (const scope of ['user/Observation.rs', 'user/DiagnosticReport.rs user/Patient.rs']) {
      const result = await authorize(event([await bearer({ scope: `openid ${scope}` })], JOB));
      expect(effectOf(result)).toEqual(['Allow']);
      expect(JSON.parse(String(result.context?.['principal'])).scopes.toSorted()).toEqual(scope.split(' '));
    }
    audited = [];
    expect(effectOf(await authorize(event([await bearer({ scope: 'user/Condition.rs' })], JOB)))).toEqual(['Deny']);
    expect(audited.map(({ outcomeDesc }) => outcomeDesc)).toEqual(['HTTP 403: forbidden']);
    await expect(authorize(event(['Bearer x'], JOB))).rejects.toThrow('Unauthorized');
  });

  it('hands on the scopes that matter and no others, and less than 8 KB of the largest token', async () => {
    const irrelevant = Array.from({ length: 100 }, (_, at) => `https://x.example/scope${at}`);
    const relevant = Array.from({ length: 80 }, (_, at) => `user/Observation.rs?category=${at},laboratory`);
    const few = await authorize(event([await bearer({ scope: ['user/*.s', ...irrelevant].join(' ') })]));
    expect(JSON.parse(String(few.context?.['principal'])).scopes).toEqual(['user/*.s']);
    const token = await bearer({ scope: relevant.join(' '), padding: 'x'.repeat(1_800) });
    expect(token.length).toBeGreaterThan(7_500);
    const most = await authorize(event([token]));
    expect(JSON.parse(String(most.context?.['principal'])).scopes).toEqual(relevant);
    expect(JSON.stringify(most).length).toBeLessThan(8_192);
  });

  it('says nothing of a token when its keys can not be got', async () => {
    const unreachable = issuerOf({ issuer: 'http://127.0.0.1:9', audience: AUDIENCE }, 'it');
    const token = await bearer({ iss: 'http://127.0.0.1:9' });
    const attempt = authorizerWith([unreachable])(event([token]));
    // Neither `Unauthorized` nor a policy: API Gateway answers with what is configured for a failed authorizer, 503.
    await expect(attempt).rejects.toThrow(/can not be checked now/);
  });

  it('accepts nobody without issuers', async () => {
    await expect(authorizerWith([])(event([await bearer()]))).rejects.toThrow('Unauthorized');
  });

  it('knows the patients of this server by its name', async () => {
    const named = (base: string) => bearer({ fhirUser: `${base}/Patient/S1`, scope: 'user/Observation.rs' });
    const gateway = 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/fhir';
    expect(effectOf(await authorize(event([await named(gateway)])))).toEqual(['Allow']);
    expect(effectOf(await authorize(event([await named('https://other.example/fhir')])))).toEqual(['Deny']);
    const configured = authorizerWith([issuerWith([key])], 'https://fhir.example/r4/');
    expect(effectOf(await configured(event([await named('https://fhir.example/r4')])))).toEqual(['Allow']);
    expect(effectOf(await configured(event([await named(gateway)])))).toEqual(['Deny']);
  });
});

describe('what an operation takes from its authorizer', () => {
  const own = gatewayEvent('find-subject-variants-get') as APIGatewayProxyEvent;

  it('is good while the token is', () => {
    const context = own.requestContext.authorizer;
    expect(callerOf(context, Date.now()).kind).toBe('principal');
    expect(() => callerOf(context, 4_102_444_800_000)).toThrow(/expired/);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'principal'],
    ['no principal', { principalId: 'u' }],
    ['an object, which API Gateway never passes', { principal: { scopes: ['system/*.rs'] } }],
    ['JSON of another form', { principal: '{"scopes":["system/*.rs"],"machine":true}' }],
    ['scopes that are no texts', { principal: '{"issuer":"i","machine":true,"expires":4e9,"scopes":[{}]}' }],
  ])('is a 401 with %s', (_, context) => {
    expect(() => callerOf(context, Date.now())).toThrow(/Who is asking is not known/);
  });
});
