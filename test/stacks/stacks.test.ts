import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../lib/operations/table.ts';
import { addStacks, type Facade } from '../../lib/stacks/stacks.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';

const outdir = mkdtempSync(join(tmpdir(), 'genomics-cdk-'));
afterAll(() => {
  rmSync(outdir, { recursive: true, force: true });
  // cdk-nag's findings set it; the test says what they are.
  process.exitCode = 0;
});

function synth(name: string, context: Record<string, unknown> = {}, facade?: Facade) {
  const app = new App({ outdir: join(outdir, name), context: { 'aws:cdk:bundling-stacks': [], ...context } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app));
  const stacks = addStacks(app, facade);
  app.synth();
  return { app, stacks, findings: findingsIn(join(outdir, name)) };
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function findingsIn(folder: string): string[] {
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  );
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** What every role may do, by the construct it belongs to: `action on resource`, resources written shortly. */
function rightsIn(stack: Stack): Map<string, string[]> {
  const template = Template.fromStack(stack);
  const roles = template.findResources('AWS::IAM::Policy') as Record<
    string,
    { Properties: { Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } } }
  >;
  const rights = new Map<string, string[]>();
  for (const { Properties } of Object.values(roles)) {
    const lines = Properties.PolicyDocument.Statement.flatMap(({ Effect, Action, Resource }) =>
      [Resource].flat().flatMap((one) => [Action].flat().map((action) => `${Effect} ${action} ${shortly(one)}`)),
    );
    for (const { Ref } of Properties.Roles) {
      const name = Ref.replace(/(ServiceRole|TaskRole|ExecutionRole|EventsRole|Role).*$/, '-$1');
      rights.set(name, [...(rights.get(name) ?? []), ...lines].toSorted());
    }
  }
  return rights;
}

function shortly(resource: unknown): string {
  if (resource === '*') return '*';
  const text = JSON.stringify(resource);
  const below = /"(\/[^"]*)"\]\]/.exec(text)?.[1] ?? '';
  if (/Studies\w+StreamArn/.test(text)) return 'stream';
  if (/Studies/.test(text)) return 'table';
  if (/DeadLetters/.test(text)) return 'dead letters';
  if (/ExportsOutputFnGetAttFiles/.test(text)) return `bucket${below}`;
  if (/FnGetAttKey/.test(text)) return 'key';
  return text;
}

const TRACES = ['Allow xray:PutTelemetryRecords *', 'Allow xray:PutTraceSegments *'];
const READ_ITEMS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'].map((a) => `Allow ${a} table`);
const WRITE_ITEMS = ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'].map((a) => `Allow ${a} table`);
const get = (...prefixes: string[]) => prefixes.map((prefix) => `Allow s3:GetObject bucket/${prefix}/*`);
const put = (...prefixes: string[]) => prefixes.map((prefix) => `Allow s3:PutObject bucket/${prefix}/*`);
const UPLOADS = [...get('incoming'), 'Allow s3:GetObjectVersion bucket/incoming/*', 'Allow s3:ListBucket bucket'];
const DECRYPT = 'Allow kms:Decrypt key';
const ENCRYPT = 'Allow kms:GenerateDataKey key';
const ANSWERING = [...TRACES, ...READ_ITEMS, ...get('studies', 'cohort', 'knowledge', 'reference'), DECRYPT];
const SUBMITTING = [...WRITE_ITEMS, ...put('async'), ENCRYPT];
const TELLING = [
  'Allow dynamodb:GetItem table',
  'Allow dynamodb:PutItem table',
  ...get('async'),
  'Allow s3:DeleteObject bucket/async/*',
  DECRYPT,
];
const WORKING = [
  ...put('async'),
  ENCRYPT,
  ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => `Allow dynamodb:${action} stream`),
  'Allow dynamodb:ListStreams *',
  'Allow sqs:SendMessage dead letters',
];
const INGESTING = [
  ...READ_ITEMS,
  ...WRITE_ITEMS,
  ...UPLOADS,
  ...get('reference', 'studies'),
  ...put('studies'),
  DECRYPT,
  ENCRYPT,
];
const COMPACTING = [
  ...READ_ITEMS,
  ...WRITE_ITEMS,
  ...get('studies', 'cohort', 'reference'),
  ...put('cohort'),
  DECRYPT,
  ENCRYPT,
];

describe.skipIf(!hasLinuxBinding('the synthesised stacks'))('the whole application', () => {
  let plain: ReturnType<typeof synth>;
  beforeAll(() => {
    plain = synth('plain');
  });

  it('has nothing that cdk-nag finds, by its rules for solutions and for HIPAA', () => {
    expect(plain.findings).toEqual([]);
  });

  it.each([
    ['in a closed VPC', { vpc: 'true' }],
    [
      'behind a firewall, with an issuer of its own',
      { waf: 'true', issuers: '[{"issuer":"https://login.example"}]', alarmEmail: 'a@b.example' },
    ],
  ])('has nothing either %s', (name, context) => {
    expect(synth(name.replaceAll(/\W/g, '-'), context).findings).toEqual([]);
  });

  it('needs neither an account nor a Region to be known', () => {
    for (const artifact of plain.app.synth().stacks)
      expect(artifact.environment.name).toBe('aws://unknown-account/unknown-region');
  });

  it('refuses settings that say nothing', () => {
    expect(() => synth('wrong', { waf: 'perhaps' })).toThrow(/waf is 'perhaps'/);
    expect(() => synth('wrong2', { incomingDays: 'many' })).toThrow(/incomingDays/);
  });

  describe('rights', () => {
    it('of what answers: items by key, objects by name, and nothing else', () => {
      const rights = rightsIn(plain.stacks.api);
      for (const { row } of operations) {
        const own = rights.get(`${row.code.replaceAll('-', '')}-ServiceRole`);
        expect(own, row.code).toEqual([...ANSWERING, ...SUBMITTING].toSorted());
      }
      expect(rights.get('async-ServiceRole')).toEqual([...TRACES, ...TELLING].toSorted());
      expect(rights.get('utilities-ServiceRole')).toEqual(ANSWERING.toSorted());
      // Who checks tokens, and who is open to all, may not even read.
      expect(rights.get('authorizer-ServiceRole')).toEqual(TRACES);
      expect(rights.get('metadata-ServiceRole')).toEqual(TRACES);
      expect([...rights.keys()].toSorted()).toEqual(
        [...operations.map(({ row }) => row.code.replaceAll('-', '')), 'async', 'authorizer', 'metadata', 'utilities']
          .map((name) => `${name}-ServiceRole`)
          .toSorted(),
      );
    });

    it('of the pipeline: uploads for the plan; uploads, items and studies for the ingest; nothing is deleted', () => {
      const rights = rightsIn(plain.stacks.ingest);
      expect(rights.get('ingestplan-ServiceRole')).toEqual([...TRACES, ...UPLOADS, DECRYPT].toSorted());
      expect(rights.get('ingest-ServiceRole')).toEqual([...TRACES, ...INGESTING].toSorted());
    });

    it('of the worker: what answering takes, jobs, the stream that tells of them, and the queue', () => {
      const rights = rightsIn(plain.stacks.later);
      const expected = new Set([...ANSWERING, ...TELLING, ...WORKING]);
      expect(new Set(rights.get('asyncworker-ServiceRole'))).toEqual(expected);
      expect([...rights.keys()]).toEqual(['asyncworker-ServiceRole']);
    });

    it('of whoever writes jobs: no other item of the table; and who only tells of them reads no other', () => {
      const partitions = (stack: Stack, action: string, role = '') => {
        const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
        const statements = policies
          .filter(([id]) => id.startsWith(role))
          .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
          .filter(({ Action }) => [Action].flat().includes(`dynamodb:${action}`));
        return new Set(statements.map(({ Condition }) => JSON.stringify(Condition)));
      };
      const only = (keys: string) =>
        new Set([JSON.stringify({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } })]);
      const { api, later } = plain.stacks;
      expect(partitions(api, 'PutItem')).toEqual(only('JOB#*'));
      expect(partitions(api, 'BatchWriteItem')).toEqual(only('JOBS'));
      expect(partitions(api, 'GetItem', 'asyncServiceRole')).toEqual(only('JOB#*'));
      expect(partitions(later, 'PutItem')).toEqual(only('JOB#*'));
      expect(partitions(later, 'BatchWriteItem')).toEqual(new Set());
    });

    it('of the tasks: the same ingest, and a compaction that writes only the copy', () => {
      const rights = rightsIn(plain.stacks.tasks);
      expect(rights.get('IngestTask-TaskRole')).toEqual(INGESTING.toSorted());
      expect(rights.get('CompactTask-TaskRole')).toEqual(COMPACTING.toSorted());
    });

    it('are nowhere to delete, or to do anything at all', () => {
      for (const stack of plain.app.node.children.filter((child) => child instanceof Stack)) {
        const all = [...rightsIn(stack).values()].flat().filter((line) => line.startsWith('Allow'));
        expect(
          all.filter(
            (line) => /:Delete|:\*( |$)/.test(line) && !/LogDelivery|DeleteObject bucket\/async\/\*$/.test(line),
          ),
        ).toEqual([]);
      }
    });
  });

  describe('the pipeline', () => {
    it('is started by a manifest under incoming/ and by nothing else', () => {
      const rules = Template.fromStack(plain.stacks.ingest).findResources('AWS::Events::Rule');
      expect(Object.values(rules).map(({ Properties }) => Properties.EventPattern)).toMatchObject([
        {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { object: { key: [{ wildcard: 'incoming/*.csv' }] } },
        },
      ]);
      Template.fromStack(plain.stacks.archive).hasResourceProperties('AWS::S3::Bucket', {
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      });
    });

    const states = (): Record<string, Record<string, unknown>> => {
      const [machine] = Object.values(
        Template.fromStack(plain.stacks.ingest).findResources('AWS::StepFunctions::StateMachine'),
      );
      const joined = machine?.['Properties'].DefinitionString['Fn::Join'][1] as unknown[];
      const definition = JSON.parse(joined.map((part) => (typeof part === 'string' ? part : 'REF')).join(''));
      return { ...definition.States, ...definition.States.EachStudy.ItemProcessor.States };
    };

    it('sends what fails to the dead-letter queue with its reason, and goes on with the other studies', () => {
      const all = states();
      expect(all['Plan']?.['Catch']).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'ManifestToDeadLetters' }]);
      for (const name of ['InFunction', 'InTask']) {
        expect(all[name]?.['Catch'], name).toMatchObject([{ Next: 'StudyToDeadLetters' }]);
      }
      expect(all['StudyToDeadLetters']).toMatchObject({
        End: true,
        Parameters: {
          MessageBody: { 'reason.$': '$.failure.Cause', 'study.$': '$.study', 'manifest.$': '$.manifest.key' },
        },
      });
    });

    const retriesOf = (name: string): { ErrorEquals: string[]; MaxAttempts: number }[] => {
      const { Retry } = states()[name] as { Retry: { ErrorEquals: string[]; MaxAttempts: number }[] };
      return Retry;
    };

    it('tries again what may pass, and not what is wrong with a file', () => {
      const retried = retriesOf('InFunction')[0];
      expect(retried?.ErrorEquals).toEqual(expect.arrayContaining(['UnavailableError', 'ConflictError']));
      expect(retried?.ErrorEquals).not.toContain('InvalidInputError');
      expect(retried?.MaxAttempts).toBeLessThanOrEqual(5);
    });

    it('runs large studies as a task with a read-only root, and small ones in a function', () => {
      expect(states()['HowLarge']).toMatchObject({
        Choices: [{ Variable: '$.bytes', Next: 'InFunction' }],
        Default: 'InTask',
      });
      Template.fromStack(plain.stacks.tasks).allResourcesProperties('AWS::ECS::TaskDefinition', {
        ContainerDefinitions: [Match.objectLike({ ReadonlyRootFilesystem: true })],
      });
    });
  });

  describe('questions for later', () => {
    it('are told to the worker by the table: new jobs, by their keys, again when it fails, and then to an operator', () => {
      const template = Template.fromStack(plain.stacks.later);
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        BatchSize: 1,
        MaximumRetryAttempts: 5,
        FilterCriteria: {
          Filters: [
            {
              Pattern: JSON.stringify({
                eventName: ['INSERT'],
                dynamodb: { Keys: { pk: { S: [{ prefix: 'JOB#' }] } } },
              }),
            },
          ],
        },
        DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      });
      Template.fromStack(plain.stacks.archive).hasResourceProperties('AWS::DynamoDB::Table', {
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      });
      Template.fromStack(plain.stacks.archive).hasResourceProperties('AWS::S3::Bucket', {
        LifecycleConfiguration: {
          Rules: Match.arrayWith([Match.objectLike({ Prefix: 'async/', ExpirationInDays: 2 })]),
        },
      });
    });
  });

  describe('whoever asks', () => {
    it('signs in at a user pool with a second factor, and attributes that say who they are in FHIR', () => {
      const auth = plain.stacks.auth;
      if (auth === undefined) throw new Error('no user pool');
      Template.fromStack(auth).hasResourceProperties('AWS::Cognito::UserPool', {
        MfaConfiguration: 'ON',
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        DeletionProtection: 'ACTIVE',
        Schema: Match.arrayWith([Match.objectLike({ Name: 'fhirUser' }), Match.objectLike({ Name: 'patients' })]),
      });
      // Its tokens are for this archive only.
      const functions = Template.fromStack(plain.stacks.api).findResources('AWS::Lambda::Function');
      for (const { Properties } of Object.values(functions)) {
        const { GENOMICS_ISSUERS: issuers, GENOMICS_BASE_URL: base } = Properties.Environment.Variables;
        expect(JSON.stringify(issuers)).toContain('audience');
        expect(JSON.stringify(base)).toContain('/fhir');
      }
    });

    it('goes through the façade where its functions are: no authorizer, its own rights, a trigger of version 3', () => {
      const needs = (endpoints: Readonly<Record<string, readonly string[]>>, ...tableActions: string[]) => ({
        endpoints,
        environment: ['GENOMICS_AUTH_TABLE', 'GENOMICS_AUTH_URL', 'GENOMICS_POOL_ISSUER'],
        tableActions,
        poolActions: ['cognito-idp:DescribeUserPoolClient'],
      });
      const facade = {
        functions: {
          'smart-authorize': needs(
            { authorize: ['GET', 'POST'], callback: ['GET'], patient: ['POST'] },
            'dynamodb:GetItem',
            'dynamodb:PutItem',
          ),
          'smart-token': needs({ token: ['POST'], revoke: ['POST'] }, 'dynamodb:GetItem', 'dynamodb:DeleteItem'),
          'smart-introspect': needs({ introspect: ['POST'] }, 'dynamodb:GetItem'),
          'smart-launch': needs({ launch: ['POST'] }, 'dynamodb:GetItem'),
          'pre-token-generation': { ...needs({}, 'dynamodb:GetItem'), poolActions: [] },
        },
        configuration: (authBase: string) => ({ token_endpoint: `${authBase}/token` }),
        entryOf: () => join(import.meta.dirname, '../../functions/metadata/handler.ts'),
      };
      const { stacks, findings } = synth('facade', {}, facade);
      expect(findings).toEqual([]);
      const auth = Template.fromStack(stacks.auth as Stack);
      auth.hasResourceProperties('AWS::Cognito::UserPool', {
        LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V3_0' } },
      });
      const api = Template.fromStack(stacks.api);
      for (const PathPart of ['authorize', 'callback', 'patient', 'token', 'revoke', 'introspect', 'launch']) {
        api.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart });
      }
      const rights = rightsIn(stacks.api)
        .get('smarttoken-ServiceRole')
        ?.filter((line) => !/xray/.test(line));
      expect(rights?.map((line) => line.split(' ')[1])).toEqual([
        'cognito-idp:DescribeUserPoolClient',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'kms:Decrypt',
      ]);
      expect(JSON.stringify(api.findResources('AWS::Lambda::Function'))).toContain('/auth/token');
    });

    it('may bring an issuer of their own, and then there is no user pool', () => {
      const own = synth('own', { issuers: [{ issuer: 'https://login.example' }] });
      expect(own.stacks.auth).toBeUndefined();
      Template.fromStack(own.stacks.api).hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ GENOMICS_ISSUERS: '[{"issuer":"https://login.example"}]' }) },
      });
    });
  });

  describe('what must not go unnoticed', () => {
    it('raises an alarm: errors, latency, throttles, ingests, every function, the key', () => {
      const { api, ingest, later, observability } = plain.stacks;
      const template = Template.fromStack(observability);
      const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
      expect(alarms).toHaveLength(5 + api.functions.size + ingest.functions.size + later.functions.size);
      for (const { Properties } of alarms) expect(Properties.AlarmActions).toHaveLength(1);
      template.hasResourceProperties('AWS::Events::Rule', { EventPattern: { source: ['aws.kms'] } });
      template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    });
  });
});
