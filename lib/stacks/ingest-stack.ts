import { Duration, Size, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledge, exportName, reference } from './acknowledge.ts';
import { duckDbLayer } from './duckdb-layer.ts';
import { encryptedLog, functionOf, INLINE_POLICIES } from './functions.ts';
import { ingestDefinition } from './ingest-definition.ts';
import { type Archive, grantIngesting, grantPlanning } from './permissions.ts';
import type { TasksStack } from './tasks-stack.ts';

export interface IngestStackProps extends StackProps {
  readonly archive: Archive;
  readonly tasks: TasksStack;
  readonly closed: boolean;
}

/** A manifest uploaded under `incoming/` becomes studies. A VCF alone starts nothing: the manifest is uploaded last. */
export class IngestStack extends Stack {
  readonly stateMachine: StateMachine;
  readonly functions: ReadonlyMap<string, IFunction>;

  constructor(scope: Construct, id: string, { archive, tasks, closed, ...props }: IngestStackProps) {
    super(scope, id, props);
    const duckDb = duckDbLayer(this);
    const shared = {
      key: archive.key,
      layers: [duckDb],
      vpc: closed ? tasks.vpc : undefined,
      environment: { GENOMICS_BUCKET: archive.bucket.bucketName, GENOMICS_TABLE: archive.table.tableName },
    };
    const plan = functionOf(this, 'ingest-plan', { ...shared, memorySize: 512, timeout: Duration.minutes(5) });
    grantPlanning(plan, archive);
    const ingest = functionOf(this, 'ingest', {
      ...shared,
      memorySize: 3538,
      timeout: Duration.minutes(15),
      // The upload, and the Parquet that is made of it.
      ephemeralStorageSize: Size.gibibytes(10),
    });
    grantIngesting(ingest, archive);
    this.functions = new Map(Object.entries({ 'ingest-plan': plan, ingest }));
    this.stateMachine = new StateMachine(this, 'Pipeline', {
      definitionBody: DefinitionBody.fromChainable(ingestDefinition(this, { plan, ingest, tasks, archive })),
      timeout: Duration.days(1),
      tracingEnabled: true,
      // Without data: a manifest names people.
      logs: {
        destination: encryptedLog(this, 'Pipeline-log', archive.key),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    // By its ARN: the queue's own policy already lets rules in, and a new one would make the stacks need each other.
    const deadLetterQueue = Queue.fromQueueArn(this, 'DeadLetters', tasks.deadLetters.queueArn);
    new Rule(this, 'ManifestUploaded', {
      description: 'A manifest was uploaded: it comes last, when all its files are there',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [archive.bucket.bucketName] }, object: { key: [{ wildcard: 'incoming/*.csv' }] } },
      },
      targets: [new SfnStateMachine(this.stateMachine, { deadLetterQueue, retryAttempts: 10 })],
    });
    acknowledge(this, {
      'HIPAA.Security-IAMNoInlinePolicy': INLINE_POLICIES,
      'AwsSolutions-IAM5[Resource::*]': 'Traces, log delivery and task events have no particular resource.',
      'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]': 'What sending to an encrypted queue takes; of one key.',
      [`AwsSolutions-IAM5[Resource::${reference(plan, '.Arn')}:*]`]: ANY_VERSION,
      [`AwsSolutions-IAM5[Resource::${reference(ingest, '.Arn')}:*]`]: ANY_VERSION,
      [`AwsSolutions-IAM5[Resource::${revisions(exportName(tasks, tasks.ingest.task.taskDefinitionArn))}]`]:
        ANY_VERSION,
      'AwsSolutions-SF1': 'Failures are logged without their data: a manifest names people.',
    });
  }
}

const ANY_VERSION = 'The pipeline runs any version of its own functions and of its own task.';

/** How cdk-nag writes the ARN of all revisions of a task definition that another stack exports. */
function revisions(name: string): string {
  const part = (separator: string, of: string, index: number) =>
    `{"Fn::Select":[${index},{"Fn::Split":["${separator}",${of}]}]}`;
  const value = `{"Fn::ImportValue":"${name}"}`;
  const family = part(':', value, 5);
  const fields = [1, 2, 3, 4].map((index) => part(':', value, index));
  return `arn:${fields.join(':')}:${part('/', family, 0)}/${part('/', family, 1)}:*`;
}
