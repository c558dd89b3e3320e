import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnEventSourceMapping, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { hasHttpfs } from '../../layers/duckdb/build.ts';
import { HTTPFS_PATH } from '../../layers/duckdb/httpfs.ts';
import { acknowledge } from './acknowledge.ts';
import { type Analytics, athenaEnvironment, grantAsking } from './analytics-stack.ts';
import { type DisclosureSettings, disclosureVariables } from './disclosure.ts';
import { duckDbLayer } from './duckdb-layer.ts';
import { functionOf, INLINE_POLICIES } from './functions.ts';
import { type Archive, grantAnswering, grantWorking } from './permissions.ts';

export interface AsyncStackProps extends StackProps {
  readonly archive: Archive;
  readonly analytics: Analytics;
  readonly software: string;
  /** Where jobs go that the worker could not even fail. */
  readonly deadLetters: IQueue;
  /** How counts of populations are blurred; a question's budget is spent where it is asked. */
  readonly disclosure?: DisclosureSettings;
  readonly vpc?: IVpc | undefined;
}

const MEMORY_MB = 3538;
const TIMEOUT_MINUTES = 15;
/** Attempts after the first: one more than a job is begun, so that the last one tells its client. */
const RETRIES = 5;
/** Jobs under way at a time, for each shard of the table. */
const AT_A_TIME = 10;

/** Answers questions that were asked with `Prefer: respond-async`, told of each by the table itself. */
export class AsyncStack extends Stack {
  readonly functions: ReadonlyMap<string, IFunction>;

  constructor(
    scope: Construct,
    id: string,
    { archive, analytics, software, deadLetters, disclosure = {}, vpc, ...props }: AsyncStackProps,
  ) {
    super(scope, id, props);
    const duckDb = duckDbLayer(this);
    const { populationBudget: _, ...blurring } = disclosure;
    const worker = functionOf(this, 'async-worker', {
      memorySize: MEMORY_MB,
      timeout: Duration.minutes(TIMEOUT_MINUTES),
      key: archive.key,
      layers: [duckDb],
      vpc,
      environment: {
        GENOMICS_SOFTWARE: software,
        GENOMICS_BUCKET: archive.bucket.bucketName,
        GENOMICS_TABLE: archive.table.tableName,
        ...athenaEnvironment(analytics),
        // Left for the answer after it.
        GENOMICS_ATHENA_SECONDS: String((TIMEOUT_MINUTES - 3) * 60),
        ...disclosureVariables(blurring),
        ...(hasHttpfs() ? { GENOMICS_HTTPFS: HTTPFS_PATH } : {}),
      },
    });
    grantAnswering(worker, archive);
    grantAsking(worker, analytics, archive);
    grantWorking(worker, archive, deadLetters);
    this.functions = new Map([['async-worker', worker]]);
    // As CloudFormation has it: the construct's own grants would list every stream of the account.
    const told = new CfnEventSourceMapping(this, 'NewJobs', {
      functionName: worker.functionName,
      eventSourceArn: archive.table.tableStreamArn as string,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 1,
      parallelizationFactor: AT_A_TIME,
      maximumRetryAttempts: RETRIES,
      filterCriteria: { filters: [{ pattern: JSON.stringify(NEW_JOB) }] },
      destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
    });
    // A mapping is refused while its function may not read the stream.
    told.node.addDependency(worker.role ?? worker);
    acknowledge(this, { 'HIPAA.Security-IAMNoInlinePolicy': INLINE_POLICIES });
  }
}

/** Keys alone say it: what a job asks is not in the stream. */
const NEW_JOB = { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'JOB#' }] } } } };
