import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { RestoredTable } from './settings.ts';

/** Days for which a replaced or deleted object can be had back; as long as the table's point-in-time recovery. */
const RECOVERY_DAYS = 35;
/** Six years, which HIPAA asks of the records of who did what. */
const ACCESS_LOG_DAYS = 2192;

export interface DataStackProps extends StackProps {
  /** Days for which uploaded files are kept. */
  readonly incomingDays: number;
  /** A table restored from a backup, which the archive works with in place of its own. */
  readonly restored?: RestoredTable | undefined;
}

/** Where the archive keeps its files and its list of studies. Outlives every deployment. */
export class DataStack extends Stack {
  readonly bucket: Bucket;
  readonly table: ITable;
  /** Encrypts files, study items, logs and queues. */
  readonly key: Key;

  constructor(scope: Construct, id: string, { incomingDays, restored, ...props }: DataStackProps) {
    super(scope, id, props);
    // Buckets without ACLs take access logs by policy.
    this.node.setContext('@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy', true);
    this.key = new Key(this, 'Key', {
      description: 'Genomics archive: files, study items, logs and queues',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#letServicesUseTheKey();
    this.bucket = new Bucket(this, 'Files', {
      ...PRIVATE,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      // One data key per bucket and hour instead of one per file.
      bucketKeyEnabled: true,
      versioned: true,
      serverAccessLogsBucket: this.#accessLogs(),
      serverAccessLogsPrefix: 'files/',
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
        { id: 'recovery', noncurrentVersionExpiration: Duration.days(RECOVERY_DAYS) },
        // Jobs are kept for a day; the table forgets them by their time to live.
        {
          id: 'asynchronous',
          prefix: 'async/',
          expiration: Duration.days(2),
          noncurrentVersionExpiration: Duration.days(1),
        },
        {
          id: 'results',
          prefix: 'athena/',
          expiration: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { id: 'uploads', prefix: 'incoming/', expiration: Duration.days(incomingDays) },
      ],
    });
    // Set here, because the property for it brings a function of its own with rights over every bucket.
    const files = this.bucket.node.defaultChild as CfnBucket;
    files.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    const table = new Table(this, 'Studies', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: RECOVERY_DAYS },
      deletionProtection: true,
      timeToLiveAttribute: 'ttl',
      // Tells the asynchronous worker of new jobs, by their keys only.
      stream: StreamViewType.KEYS_ONLY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Exported whether used or not: other stacks leave their own table for a restored one only after this stack has.
    for (const value of [table.tableArn, table.tableName, table.tableStreamArn]) this.exportValue(value);
    this.table =
      restored === undefined
        ? (table as ITable)
        : Table.fromTableAttributes(this, 'Restored', { tableName: restored.table, tableStreamArn: restored.stream });
    acknowledge(this, {
      'HIPAA.Security-S3BucketReplicationEnabled':
        'One Region by default: where copies of genomes may lie is for the operator to decide (docs/operations.md).',
      'HIPAA.Security-DynamoDBInBackupPlan':
        'Point-in-time recovery keeps 35 days; a backup plan of its own is for the operator to add.',
    });
  }

  #accessLogs(): IBucket {
    const logs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      // S3 delivers access logs to buckets with SSE-S3 only.
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      lifecycleRules: [
        { expiration: Duration.days(ACCESS_LOG_DAYS), noncurrentVersionExpiration: Duration.days(RECOVERY_DAYS) },
      ],
    });
    acknowledge(logs, {
      'AwsSolutions-S1': 'This is the bucket of access logs; logging itself would never end.',
      'HIPAA.Security-S3BucketLoggingEnabled': 'This is the bucket of access logs; logging itself would never end.',
      'HIPAA.Security-S3DefaultEncryptionKMS': 'S3 delivers access logs to buckets with SSE-S3 only.',
    });
    return logs as IBucket;
  }

  /** Log groups, alarms and event rules of every stack write with this key. */
  #letServicesUseTheKey(): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:*`,
          },
        },
      }),
    );
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('events.amazonaws.com'), new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
  }
}

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
} as const;
