import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge, exportName } from './acknowledge.ts';

/** The archive's bucket and table, and the key of both. */
export interface Archive {
  readonly bucket: Bucket;
  readonly table: ITable;
  readonly key: Key;
}

/** Prefixes of the bucket that answers are made from. What was uploaded is not among them. */
const ARCHIVE_PREFIXES = ['studies', 'cohort', 'knowledge', 'reference'] as const;
type Prefix = (typeof ARCHIVE_PREFIXES)[number] | 'incoming' | 'rewritten' | 'tombstones' | 'async' | 'athena';

/** Prefixes of which an erasure or a sweep removes versions for good. */
const PURGED_PREFIXES = ['studies', 'cohort', 'rewritten', 'async', 'incoming'] as const;

/** Partitions of the counters (lib/store/query-budget.ts). */
const COUNTERS = 'BUDGET#*';

const READ_ITEMS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE_ITEMS = ['dynamodb:PutItem', 'dynamodb:BatchWriteItem'];

/**
 * What a function that answers may do: read items by key, read objects by name, see whom a restored table may not know to
 * be erased, and nothing else.
 */
export function grantAnswering(fn: Construct & IGrantable, { bucket, table, key }: Archive): void {
  allow(fn, READ_ITEMS, [table.tableArn]);
  allow(fn, ['s3:GetObject'], objectsIn(bucket, ARCHIVE_PREFIXES));
  allowListing(fn, bucket, ['tombstones/*']);
  allow(fn, ['kms:Decrypt'], [key.keyArn]);
  acknowledgeObjects(fn, bucket, ARCHIVE_PREFIXES);
}

/** Counts the questions of clients besides: in their counters, and in no other item of the table. */
export function grantCounting(fn: IGrantable, { table }: Archive): void {
  allowItems(fn, table, ['dynamodb:UpdateItem'], COUNTERS);
}

/** What accepting a question for later takes: the job's items, and its text. */
export function grantSubmitting(fn: Construct & IGrantable, { bucket, table, key }: Archive): void {
  allowItems(fn, table, ['dynamodb:BatchWriteItem'], 'JOBS');
  allowItems(fn, table, ['dynamodb:PutItem'], 'JOB#*');
  allow(fn, ['s3:PutObject'], objectsIn(bucket, ['async']));
  allow(fn, ['kms:GenerateDataKey'], [key.keyArn]);
  acknowledgeObjects(fn, bucket, ['async']);
}

/** What telling of jobs and cancelling them takes: nothing of the archive that they ask. */
export function grantJobs(fn: Construct & IGrantable, { bucket, table, key }: Archive): void {
  allowItems(fn, table, ['dynamodb:GetItem', 'dynamodb:PutItem'], 'JOB#*');
  allow(fn, ['s3:GetObject', 's3:DeleteObject'], objectsIn(bucket, ['async']));
  allow(fn, ['kms:Decrypt'], [key.keyArn]);
  acknowledgeObjects(fn, bucket, ['async']);
}

/** What working jobs off takes besides answering: the stream that tells of them, and a queue for what it could not do. */
export function grantWorking(fn: Construct & IGrantable, archive: Archive, deadLetters: IQueue): void {
  const { bucket, table, key } = archive;
  grantJobs(fn, archive);
  allow(fn, ['s3:PutObject'], objectsIn(bucket, ['async']));
  allow(
    fn,
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    [table.tableStreamArn as string],
  );
  // A right that knows no resource: which streams there are.
  allow(fn, ['dynamodb:ListStreams'], ['*']);
  allow(fn, ['sqs:SendMessage'], [deadLetters.queueArn]);
  allow(fn, ['kms:GenerateDataKey'], [key.keyArn]);
}

/** What Athena does for whoever asks it: it lists the partitions it reads, and keeps the result. */
export function grantResults(fn: Construct & IGrantable, { bucket, key }: Archive): void {
  allow(fn, ['s3:GetBucketLocation'], [bucket.bucketArn]);
  fn.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': ['cohort/*', 'athena/*'] } },
    }),
  );
  allow(fn, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], objectsIn(bucket, ['athena']));
  allow(fn, ['kms:GenerateDataKey'], [key.keyArn]);
  acknowledgeObjects(fn, bucket, ['athena']);
}

/** Items of some partitions of the table and no others. */
function allowItems({ grantPrincipal }: IGrantable, { tableArn }: ITable, actions: string[], partitions: string): void {
  grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions,
      resources: [tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partitions] } },
    }),
  );
}

/** What reading a manifest takes: the uploads, and nothing of the archive. */
export function grantPlanning(fn: Construct & IGrantable, { bucket, key }: Archive): void {
  grantUploads(fn, bucket);
  allow(fn, ['kms:Decrypt'], [key.keyArn]);
  acknowledgeObjects(fn, bucket, ['incoming']);
}

/** What an ingest may do: read uploads and reference data, write studies; never delete. */
export function grantIngesting(role: Construct & IGrantable, { bucket, table, key }: Archive): void {
  // Tombstones are objects too: a restored table may not know of an erasure.
  grantUploads(role, bucket, ['tombstones/*']);
  allow(role, [...READ_ITEMS, ...WRITE_ITEMS], [table.tableArn]);
  allow(role, ['s3:GetObject'], objectsIn(bucket, ['reference', 'studies']));
  allow(role, ['s3:PutObject'], objectsIn(bucket, ['studies']));
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]);
  acknowledgeObjects(role, bucket, ['incoming', 'reference', 'studies']);
}

/** What compaction may do: read studies, write the cohort's copy. */
export function grantCompacting(role: Construct & IGrantable, { bucket, table, key }: Archive): void {
  allow(role, [...READ_ITEMS, ...WRITE_ITEMS], [table.tableArn]);
  allow(role, ['s3:GetObject'], objectsIn(bucket, ['studies', 'cohort', 'reference']));
  allow(role, ['s3:PutObject'], objectsIn(bucket, ['cohort']));
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]);
  acknowledgeObjects(role, bucket, ['studies', 'cohort', 'reference']);
}

/**
 * What erasing and sweeping take, and checking and compacting besides: everything of the archive, every version of it and
 * of the uploads. The only role that may remove anything.
 */
export function grantHousekeeping(role: Construct & IGrantable, { bucket, table, key }: Archive): void {
  allow(role, [...READ_ITEMS, ...WRITE_ITEMS, 'dynamodb:Scan'], [table.tableArn]);
  allow(role, ['s3:GetObject'], objectsIn(bucket, [...ARCHIVE_PREFIXES, 'rewritten', 'async']));
  allow(role, ['s3:GetObjectVersion'], objectsIn(bucket, ['incoming']));
  allow(role, ['s3:PutObject'], objectsIn(bucket, ['studies', 'cohort', 'rewritten', 'tombstones']));
  allow(role, ['s3:DeleteObject'], objectsIn(bucket, ['studies', 'knowledge', 'reference', 'async']));
  allow(role, ['s3:DeleteObjectVersion'], objectsIn(bucket, PURGED_PREFIXES));
  allow(role, ['s3:ListBucket', 's3:ListBucketVersions'], [bucket.bucketArn]);
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]);
  acknowledgeObjects(role, bucket, [...ARCHIVE_PREFIXES, 'rewritten', 'tombstones', 'async', 'incoming']);
}

/** @param listed prefixes that may be listed besides */
function grantUploads(role: Construct & IGrantable, bucket: Bucket, listed: readonly string[] = []): void {
  allow(role, ['s3:GetObject', 's3:GetObjectVersion'], objectsIn(bucket, ['incoming']));
  // Without it S3 says "forbidden" of a file that is not there.
  allowListing(role, bucket, ['incoming/*', ...listed]);
}

function allowListing({ grantPrincipal }: IGrantable, bucket: Bucket, prefixes: readonly string[]): void {
  grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [...prefixes] } },
    }),
  );
}

export function allow({ grantPrincipal }: IGrantable, actions: readonly string[], resources: readonly string[]): void {
  grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

function objectsIn(bucket: Bucket, prefixes: readonly Prefix[]): string[] {
  return prefixes.map((prefix) => bucket.arnForObjects(`${prefix}/*`));
}

function acknowledgeObjects(construct: Construct, bucket: Bucket, prefixes: readonly Prefix[]): void {
  const name = exportName(bucket, bucket.bucketArn);
  for (const prefix of prefixes) {
    acknowledge(construct, {
      [`AwsSolutions-IAM5[Resource::${name}/${prefix}/*]`]: `All objects below ${prefix}/ are of one kind.`,
    });
  }
}
