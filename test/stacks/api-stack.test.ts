import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { routesOf } from '../../lib/operations/routes.ts';
import type { OperationRow } from '../../lib/operations/row.ts';
import { operations } from '../../lib/operations/table.ts';
import { utilities } from '../../lib/operations/utilities/table.ts';
import { utilityRoute } from '../../lib/operations/utilities/utility.ts';
import { ApiStack, softwareVersion } from '../../lib/stacks/api-stack.ts';
import { DataStack } from '../../lib/stacks/data-stack.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';

const rows = operations.map((operation) => operation.row);

/** Far enough from CloudFormation's 500 for authorization, audit and ingest to fit as well. */
const MAX_RESOURCES = 400;

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

function synth(list: readonly OperationRow[]) {
  // Bundling is another test's business: this one looks at the template.
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const data = new DataStack(app, 'Data', { incomingDays: 30 });
  const entryOf = (code: string) =>
    join(
      import.meta.dirname,
      '../../functions',
      code === 'utilities' || rows.some((row) => row.code === code) ? code : 'metadata',
      'handler.ts',
    );
  const api = new ApiStack(app, 'Api', {
    archive: data,
    rows: list,
    utilities: utilities.map(({ row }) => row),
    software: '1.0.0+abc',
    issuers: '[{"issuer":"https://issuer.example"}]',
    entryOf,
  });
  return { api: Template.fromStack(api), data: Template.fromStack(data) };
}

/** Path of every resource of the API, by logical id. */
function pathsOf(template: Template): ReadonlyMap<string, string> {
  const resources = template.findResources('AWS::ApiGateway::Resource') as Record<string, Resource>;
  const path = (id: string): string => {
    const parent = resources[id]?.Properties['ParentId'] as { Ref?: string };
    const own = String(resources[id]?.Properties['PathPart']);
    return parent.Ref === undefined ? `/${own}` : `${path(parent.Ref)}/${own}`;
  };
  return new Map(Object.keys(resources).map((id) => [id, path(id)]));
}

let api: Template;
let data: Template;
function methods(): readonly { readonly route: string; readonly properties: Readonly<Record<string, unknown>> }[] {
  const paths = pathsOf(api);
  return Object.values(api.findResources('AWS::ApiGateway::Method') as Record<string, Resource>).map((method) => {
    const id = (method.Properties['ResourceId'] as { Ref: string }).Ref;
    return { route: `${String(method.Properties['HttpMethod'])} ${paths.get(id)}`, properties: method.Properties };
  });
}

const PUBLIC = [
  '/metadata',
  '/OperationDefinition',
  '/OperationDefinition/{id}',
  '/openapi.json',
  '/.well-known/smart-configuration',
];
const GUARDED = [
  ...rows.flatMap((row) => routesOf(row)),
  ...utilities.map(({ row }) => utilityRoute(row)),
  '/async/{id}',
];

describe.skipIf(!hasLinuxBinding('the synthesised API'))('the synthesised stacks', () => {
  beforeAll(() => {
    ({ api, data } = synth(rows));
  });

  describe('the API', () => {
    it('has every operation at every route, and the discovery routes, and nothing else', () => {
      const expected = [
        ...GUARDED.map((route) => `ANY ${route}`),
        ...PUBLIC.flatMap((route) => [`GET ${route}`, `HEAD ${route}`]),
        ...[...GUARDED, ...PUBLIC].map((route) => `OPTIONS ${route}`),
      ];
      expect(
        methods()
          .map(({ route }) => route)
          .sort(),
      ).toEqual(expected.sort());
    });

    it('guards every operation by the authorizer and nothing else is open but discovery and preflights', () => {
      const [authorizer, ...others] = Object.keys(api.findResources('AWS::ApiGateway::Authorizer'));
      expect(others).toEqual([]);
      for (const { route, properties } of methods()) {
        const open = route.startsWith('OPTIONS ') || PUBLIC.includes(route.replace(/^\S+ /, ''));
        expect(properties['AuthorizationType'], route).toBe(open ? 'NONE' : 'CUSTOM');
        if (!open) expect(properties['AuthorizerId'], route).toEqual({ Ref: authorizer });
      }
      api.hasResourceProperties('AWS::ApiGateway::Authorizer', {
        Type: 'REQUEST',
        AuthorizerResultTtlInSeconds: 0,
        IdentitySource: 'method.request.header.Authorization',
      });
    });

    it('answers preflights without a function, for pages from anywhere', () => {
      for (const { properties } of methods().filter(({ route }) => route.startsWith('OPTIONS '))) {
        expect(properties['Integration']).toMatchObject({
          Type: 'MOCK',
          IntegrationResponses: [
            {
              StatusCode: '204',
              ResponseParameters: {
                'method.response.header.Access-Control-Allow-Origin': "'*'",
                'method.response.header.Access-Control-Allow-Headers': expect.stringContaining('Authorization'),
              },
            },
          ],
        });
      }
      const ofJobs = methods().find(({ route }) => route === 'OPTIONS /async/{id}');
      expect(JSON.stringify(ofJobs?.properties)).toContain("'GET, DELETE'");
    });

    it('streams every response', () => {
      for (const { route, properties } of methods().filter((method) => !method.route.startsWith('OPTIONS '))) {
        const integration = properties['Integration'] as Readonly<Record<string, unknown>>;
        expect(integration['ResponseTransferMode'], route).toBe('STREAM');
        expect(JSON.stringify(integration['Uri']), route).toContain('/response-streaming-invocations');
      }
    });

    it('is regional, with the stage that base URLs end in', () => {
      api.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
      api.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: 'fhir' });
    });

    it('answers its own failures with OperationOutcomes', () => {
      const responses = Object.values(
        api.findResources('AWS::ApiGateway::GatewayResponse') as Record<string, Resource>,
      );
      const types = responses.map((response) => response.Properties['ResponseType']);
      for (const type of ['DEFAULT_4XX', 'DEFAULT_5XX', 'UNAUTHORIZED', 'ACCESS_DENIED', 'THROTTLED']) {
        expect(types).toContain(type);
      }
      const statusOf = (type: string) =>
        responses.find(({ Properties }) => Properties['ResponseType'] === type)?.Properties;
      expect(statusOf('MISSING_AUTHENTICATION_TOKEN')).toMatchObject({ StatusCode: '404' });
      expect(statusOf('AUTHORIZER_FAILURE')).toMatchObject({
        StatusCode: '503',
        ResponseParameters: { 'gatewayresponse.header.Retry-After': "'5'" },
      });
      expect(statusOf('UNAUTHORIZED')).toMatchObject({
        StatusCode: '401',
        ResponseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" },
      });
      for (const { Properties } of responses) {
        const templates = Properties['ResponseTemplates'] as Record<string, string>;
        expect(JSON.parse(templates['application/json'] ?? '').resourceType).toBe('OperationOutcome');
        const headers = Properties['ResponseParameters'] as Record<string, string>;
        expect(headers['gatewayresponse.header.Content-Type']).toBe("'application/fhir+json'");
        expect(headers['gatewayresponse.header.Access-Control-Allow-Origin']).toBe("'*'");
      }
    });
  });

  it('logs every request without its query and headers', () => {
    const [stage] = Object.values(api.findResources('AWS::ApiGateway::Stage')) as [Resource];
    const { Format } = stage.Properties['AccessLogSetting'] as { Format: string };
    const fields = Object.values(JSON.parse(Format) as Record<string, string>);
    expect(fields).toContain('$context.status');
    expect(
      fields.filter((field) => /input|header|querystring|\.path$|authorizer\.(?!principalId)/i.test(field)),
    ).toEqual([]);
    expect(JSON.stringify(api.toJSON())).not.toContain('"DataTraceEnabled":true');
  });

  describe('the functions', () => {
    it('are one per operation, with the layer and the store', () => {
      const functions = Object.values(api.findResources('AWS::Lambda::Function') as Record<string, Resource>);
      expect(functions).toHaveLength(rows.length + 4);
      expect(functions.filter(({ Properties }) => Properties['Layers'] !== undefined)).toHaveLength(rows.length + 1);
      for (const { Properties } of functions) {
        expect(Properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['x86_64'],
          Handler: 'index.handler',
        });
      }
      api.hasResourceProperties('AWS::Lambda::Function', {
        Environment: {
          Variables: {
            GENOMICS_BUCKET: Match.anyValue(),
            GENOMICS_TABLE: Match.anyValue(),
            GENOMICS_SOFTWARE: '1.0.0+abc',
          },
        },
      });
    });

    it('have one permission each', () => {
      // One for each function that a method invokes, one for the authorizer.
      api.resourceCountIs('AWS::Lambda::Permission', rows.length + 4);
    });
  });

  describe('size', () => {
    it(`17 operations stay within ${MAX_RESOURCES} resources`, () => {
      const families = [
        'subject-operations/genotype-operations',
        'subject-operations/phenotype-operations',
        'population-operations/genotype-operations',
        'population-operations/phenotype-operations',
      ] as const;
      const more = Array.from({ length: 17 - rows.length }, (_, index): OperationRow => {
        const [row] = rows;
        const family = families[index % families.length];
        if (row === undefined || family === undefined) throw new Error('no rows');
        return { ...row, code: `find-later-${index}`, family };
      });
      const resources = Object.keys(synth([...rows, ...more]).api.toJSON()['Resources']);
      console.log(`the API of 17 operations has ${resources.length} resources`);
      expect(resources.length).toBeGreaterThan(200);
      expect(resources.length).toBeLessThanOrEqual(MAX_RESOURCES);
    });
  });

  describe('the store', () => {
    it('keeps files private, encrypted, versioned, and after the stack', () => {
      data.hasResource('AWS::S3::Bucket', {
        DeletionPolicy: 'Retain',
        Properties: {
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' }, BucketKeyEnabled: true },
            ],
          },
          VersioningConfiguration: { Status: 'Enabled' },
        },
      });
      data.hasResourceProperties('AWS::S3::BucketPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      });
    });

    it('keeps the table recoverable, encrypted, and after the stack', () => {
      data.hasResource('AWS::DynamoDB::Table', {
        DeletionPolicy: 'Retain',
        Properties: {
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
          BillingMode: 'PAY_PER_REQUEST',
        },
      });
      data.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    });
  });
});

it('the software version has a hash of the code in it', () => {
  expect(softwareVersion('1.2.3')).toMatch(/^1\.2\.3\+[0-9a-f]{12}$/);
});
