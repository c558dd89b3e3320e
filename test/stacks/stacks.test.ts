import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../lib/operations/table.ts';
import { addStacks, type Facade } from '../../lib/stacks/stacks.ts';
import { COMPACTED_KINDS } from '../../lib/store/cohort/schema.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import { rightsIn, statementsOf } from '../support/rights.ts';
import { statesOf } from '../support/states.ts';

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

const TRACES = ['Allow xray:PutTelemetryRecords *', 'Allow xray:PutTraceSegments *'];
const READ_ITEMS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'].map((a) => `Allow ${a} table`);
const WRITE_ITEMS = ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'].map((a) => `Allow ${a} table`);
const get = (...prefixes: string[]) => prefixes.map((prefix) => `Allow s3:GetObject bucket/${prefix}/*`);
const put = (...prefixes: string[]) => prefixes.map((prefix) => `Allow s3:PutObject bucket/${prefix}/*`);
const UPLOADS = [...get('incoming'), 'Allow s3:GetObjectVersion bucket/incoming/*', 'Allow s3:ListBucket bucket'];
const DECRYPT = 'Allow kms:Decrypt key';
const ENCRYPT = 'Allow kms:GenerateDataKey key';
const ANSWERING = [
  ...TRACES,
  ...READ_ITEMS,
  ...get('studies', 'cohort', 'knowledge', 'reference'),
  'Allow s3:ListBucket bucket',
  DECRYPT,
];
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
const ASKING = /^Allow (athena:|glue:|s3:GetBucketLocation bucket$|s3:\w+ bucket\/athena\/\*$)/;
const isAsking = (line: string): boolean => ASKING.test(line);
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

const anyVersion = (action: string, ...prefixes: string[]) =>
  prefixes.map((prefix) => `Allow s3:${action} bucket/${prefix}/*`);
const HOUSEKEEPING = [
  ...READ_ITEMS,
  ...WRITE_ITEMS,
  'Allow dynamodb:Scan table',
  ...get('studies', 'cohort', 'knowledge', 'reference', 'rewritten', 'async'),
  ...anyVersion('GetObjectVersion', 'incoming'),
  ...put('studies', 'cohort', 'rewritten', 'tombstones'),
  ...anyVersion('DeleteObject', 'studies', 'knowledge', 'reference', 'async'),
  ...anyVersion('DeleteObjectVersion', 'studies', 'cohort', 'rewritten', 'async', 'incoming'),
  'Allow s3:ListBucket bucket',
  'Allow s3:ListBucketVersions bucket',
  DECRYPT,
  ENCRYPT,
];

/** Environment of the functions of operations by code, as far as the archive is told anything by it. */
function variablesIn(stack: Stack): Map<string, Record<string, unknown>> {
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return new Map(
    functions.map(({ Properties }) => {
      const { POWERTOOLS_SERVICE_NAME: name, ...variables } = Properties.Environment.Variables;
      return [String(name), variables];
    }),
  );
}

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
        const own = rights.get(`${row.code.replaceAll('-', '')}-ServiceRole`) ?? [];
        const population = row.family.startsWith('population-operations/');
        expect(own.some(isAsking), row.code).toBe(population);
        const others = own.filter((line) => !isAsking(line));
        expect(new Set(others), row.code).toEqual(new Set([...ANSWERING, ...SUBMITTING]));
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

    it('of what answers: no name of an object but those of tombstones', () => {
      const lists = statementsOf(plain.stacks.api, 'findsubjectvariants').filter(
        ({ Action }) => Action === 's3:ListBucket',
      );
      expect(lists.map(({ Condition }) => Condition)).toEqual([{ StringLike: { 's3:prefix': ['tombstones/*'] } }]);
    });

    it('of the worker: what answering takes, jobs, the stream that tells of them, and the queue', () => {
      const rights = rightsIn(plain.stacks.later);
      const expected = new Set([...ANSWERING, ...TELLING, ...WORKING]);
      const own = rights.get('asyncworker-ServiceRole') ?? [];
      expect(new Set(own.filter((line) => !isAsking(line)))).toEqual(expected);
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

    it('of the tasks: the same ingest, a compaction that writes only the copy, and what erases', () => {
      const rights = rightsIn(plain.stacks.tasks);
      expect(rights.get('IngestTask-TaskRole')).toEqual(INGESTING.toSorted());
      expect(rights.get('CompactTask-TaskRole')).toEqual(COMPACTING.toSorted());
      expect(rights.get('HousekeepingTask-TaskRole')).toEqual(HOUSEKEEPING.toSorted());
    });

    it('of housekeeping are used by a command that the stack tells', () => {
      const [output] = Object.values(Template.fromStack(plain.stacks.tasks).findOutputs('*')).filter(
        ({ Description }) => String(Description).startsWith('Erases the subject'),
      );
      const parts: unknown[] = output?.['Value']['Fn::Join'][1] ?? [];
      const text = parts.map((part) => (typeof part === 'string' ? part : 'REF'));
      expect(text.join('')).toBe(
        "aws ecs run-task --launch-type FARGATE --cluster REF --task-definition REF --network-configuration 'awsvpcConfiguration=" +
          "{subnets=[REF,REF],securityGroups=[REF],assignPublicIp=ENABLED}' --overrides '" +
          '{"containerOverrides":[{"name":"genomics","command":["subjects","delete","ID","--bucket","REF","--table","REF"]}]}\'',
      );
    });

    it('are to see and remove versions, or to remove anything, for nobody but who erases', () => {
      for (const stack of plain.app.node.children.filter((child) => child instanceof Stack)) {
        for (const [role, rights] of rightsIn(stack)) {
          if (role === 'HousekeepingTask-TaskRole') continue;
          // Who cancels or answers a question for later removes its text and its answer.
          const own = /^async/.test(role) ? ['Allow s3:DeleteObject bucket/async/*'] : [];
          expect(
            rights.filter((line) => /s3:(Delete|ListBucketVersions|\*)|dynamodb:Delete/.test(line)),
            role,
          ).toEqual(own);
          if (!/^(ingest|IngestTask)/.test(role)) expect(rights.join('\n'), role).not.toMatch(/GetObjectVersion/);
        }
      }
    });

    it('are nowhere to do anything at all', () => {
      for (const stack of plain.app.node.children.filter((child) => child instanceof Stack)) {
        const all = [...rightsIn(stack).values()].flat().filter((line) => line.startsWith('Allow'));
        expect(all.filter((line) => /:\*( |$)/.test(line) && !/LogDelivery/.test(line))).toEqual([]);
      }
    });
  });

  describe('a table restored from a backup', () => {
    const STREAM = 'arn:aws:dynamodb:us-east-1:111122223333:table/studies-of-monday/stream/2026-11-25T00:00:00.000';

    it('takes the place of the own one in every role and environment, which stays in its stack as it was', () => {
      const { stacks, findings } = synth('restored', {
        restoredTable: 'studies-of-monday',
        restoredStream: STREAM,
      });
      expect(findings).toEqual([]);
      for (const stack of [stacks.api, stacks.later, stacks.ingest, stacks.tasks, stacks.observability]) {
        const text = JSON.stringify(Template.fromStack(stack).toJSON());
        expect(text, stack.node.id).toContain('studies-of-monday');
        expect(text, stack.node.id).not.toMatch(/GenomicsData:[^"]*Studies/);
      }
      for (const [, rights] of rightsIn(stacks.api))
        expect(rights.filter((line) => line.endsWith(' table'))).toEqual([]);
      Template.fromStack(stacks.later).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        EventSourceArn: STREAM,
      });
      expect(() => synth('half', { restoredTable: 'studies-of-monday' })).toThrow('set both');
      const [own, restored] = [plain.stacks.archive, stacks.archive].map((stack) => Template.fromStack(stack));
      // Nothing that another stack still imports may go from this one.
      expect(restored?.toJSON()['Outputs']).toEqual(expect.objectContaining(own?.toJSON()['Outputs']));
      expect(restored?.findResources('AWS::DynamoDB::Table')).toEqual(own?.findResources('AWS::DynamoDB::Table'));
    });
  });

  describe('disclosure control', () => {
    const populations = operations
      .map(({ row }) => row)
      .filter(({ family }) => family.startsWith('population-operations/'));
    const settings = { minimumCell: '5', roundTo: 10, populationBudget: '100' };

    it('is off unless it is set', () => {
      expect(populations).not.toEqual([]);
      for (const variables of variablesIn(plain.stacks.api).values()) {
        expect(Object.keys(variables).filter((name) => /CELL|ROUND|BUDGET/.test(name))).toEqual([]);
      }
    });

    it('reaches the functions that answer about populations, and no other; a budget lets them count, and write nothing else', () => {
      const { stacks, findings } = synth('disclosure', settings);
      expect(findings).toEqual([]);
      const codes = populations.map(({ code }) => code);
      for (const [name, variables] of variablesIn(stacks.api)) {
        const set = Object.fromEntries(Object.entries(variables).filter(([one]) => /CELL|ROUND|BUDGET/.test(one)));
        expect(set, name).toEqual(
          codes.includes(name)
            ? { GENOMICS_MINIMUM_CELL: '5', GENOMICS_ROUND_TO: '10', GENOMICS_POPULATION_BUDGET: '100' }
            : {},
        );
      }
      for (const [role, rights] of rightsIn(stacks.api)) {
        const counts = codes.some((code) => role === `${code.replaceAll('-', '')}-ServiceRole`);
        const counting = rights.filter((line) => line.includes('dynamodb:UpdateItem'));
        expect(counting, role).toEqual(counts ? ['Allow dynamodb:UpdateItem table'] : []);
      }
      // Who answers later blurs as well; the question was counted when it was asked.
      expect(variablesIn(stacks.later).get('async-worker')).toMatchObject({
        GENOMICS_MINIMUM_CELL: '5',
        GENOMICS_ROUND_TO: '10',
      });
      expect(variablesIn(stacks.later).get('async-worker')).not.toHaveProperty('GENOMICS_POPULATION_BUDGET');
      for (const code of codes) {
        const [count, ...more] = statementsOf(stacks.api, code.replaceAll('-', '')).filter(
          ({ Action }) => Action === 'dynamodb:UpdateItem',
        );
        expect(more).toEqual([]);
        expect(count?.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['BUDGET#*'] } });
      }
    });

    it('without a budget needs no right at all', () => {
      const { stacks } = synth('blurred', { minimumCell: 5 });
      for (const rights of rightsIn(stacks.api).values()) expect(rights.join('\n')).not.toContain('UpdateItem');
    });

    it.each(['0', '-1', '2.5', 'many'])('is refused as %s', (value) => {
      for (const name of Object.keys(settings)) {
        expect(() => synth('refused', { [name]: value })).toThrow(`${name} is '${value}'`);
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

    const states = () => statesOf(plain.stacks.ingest);

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

    const retriesOf = (name: string) => states()[name]?.Retry ?? [];

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

  describe('tables', () => {
    it('have the columns that compaction writes, at the folder that it writes them to', () => {
      const template = Template.fromStack(plain.stacks.analytics);
      for (const kind of COMPACTED_KINDS) {
        template.hasResourceProperties('AWS::Glue::Table', {
          TableInput: {
            Name: kind.kind,
            Parameters: Match.objectLike({ 'projection.enabled': 'true', 'projection.gen.type': 'injected' }),
            PartitionKeys: ['assembly', 'gen', 'chrom', 'bin'].map((Name) => Match.objectLike({ Name })),
            StorageDescriptor: {
              Columns: kind.columns.map(({ name: Name }) => Match.objectLike({ Name })),
              Location: { 'Fn::Join': ['', ['s3://', Match.anyValue(), `/cohort/${kind.kind}/`]] },
            },
          },
        });
      }
      template.hasResourceProperties('AWS::Athena::WorkGroup', {
        WorkGroupConfiguration: {
          EnforceWorkGroupConfiguration: true,
          ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
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
